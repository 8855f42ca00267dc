"""GeoParquet as Apache Arrow writes and reads it.

"write" on standard input: {"write": FOLDER} -> {"files": [NAME], "rows"}: the same rows in each way that Parquet has to pack and page them.
"read" on standard input: {"read": FILE} -> {"columns": {NAME: TYPE}, "rows": [{..., "geometry": GeoJSON}], "geo": the metadata, "groups": rows of each row
group, "boxes": whether each row's bounding box is its shape's}.

Rows have a value of every type, nulls, Chinese, a struct and a list; shapes are of all kinds, one with heights, one null.
"""

import datetime
import decimal
import json
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet
import shapely

SHAPES = [
    "POINT (9.5 47.1)",
    "MULTIPOINT (9.5 47.1, 9.51 47.11)",
    "LINESTRING (9.5 47.1, 9.51 47.12)",
    "MULTILINESTRING ((9.5 47.1, 9.51 47.12), (9.52 47.1, 9.53 47.1))",
    "POLYGON ((9.5 47.1, 9.51 47.1, 9.51 47.11, 9.5 47.1), (9.506 47.102, 9.508 47.104, 9.508 47.102, 9.506 47.102))",
    "MULTIPOLYGON (((9.5 47.1, 9.51 47.1, 9.51 47.11, 9.5 47.1)), ((9.52 47.1, 9.53 47.1, 9.53 47.11, 9.52 47.1)))",
    "POLYGON Z ((9.5 47.1 450, 9.51 47.1 451, 9.51 47.11 452, 9.5 47.1 450))",
    None,
]
DAY = datetime.date(2024, 2, 29)
INSTANT = datetime.datetime(2024, 2, 29, 16, 30, 0, 250_000, datetime.timezone.utc)
REPEATS = 700


def geojson(shape):
    return shape and json.loads(shapely.to_geojson(shape))


def table():
    """Rows, as Arrow has them, and as they should come out of the layer."""
    count = len(SHAPES) * REPEATS
    nth = list(range(count))
    nulled = lambda value: [value(i) if i % 7 else None for i in nth]  # noqa: E731
    shapes = [SHAPES[i % len(SHAPES)] for i in nth]
    columns = {
        "number": pyarrow.array(nth, pyarrow.int32()),
        "large": pyarrow.array(nulled(lambda i: 2**40 + i), pyarrow.int64()),
        "unsigned": pyarrow.array(nulled(lambda i: 2**32 - 1 - i), pyarrow.uint32()),
        "half": pyarrow.array(nulled(lambda i: i % 100 / 4), pyarrow.float16()),
        "single": pyarrow.array(nulled(lambda i: i / 8), pyarrow.float32()),
        "double": pyarrow.array(nulled(lambda i: i / 10), pyarrow.float64()),
        "price": pyarrow.array(nulled(lambda i: decimal.Decimal(i - 100).scaleb(-2)), pyarrow.decimal128(9, 2)),
        "open": pyarrow.array(nulled(lambda i: i % 2 == 0), pyarrow.bool_()),
        "名称": pyarrow.array(nulled(lambda i: f"海门区 {i % 50}"), pyarrow.string()),
        "built": pyarrow.array(nulled(lambda i: DAY + datetime.timedelta(i)), pyarrow.date32()),
        "seen": pyarrow.array(nulled(lambda i: INSTANT + datetime.timedelta(seconds=i)), pyarrow.timestamp("us", "UTC")),
        "local": pyarrow.array(nulled(lambda i: datetime.datetime(2024, 1, 1, 8)), pyarrow.timestamp("ms")),
        "nothing": pyarrow.nulls(count),
        "names": pyarrow.array(
            [{"primary": f"n{i}", "rank": i % 100} for i in nth],
            pyarrow.struct([("primary", pyarrow.string()), ("rank", pyarrow.int8())]),
        ),
        "sources": pyarrow.array([["a", "b"]] * count, pyarrow.list_(pyarrow.string())),
        "raw": pyarrow.array([b"\x00\xff"] * count, pyarrow.binary()),
        "geometry": pyarrow.array([wkt and shapely.to_wkb(shapely.from_wkt(wkt), flavor="iso") for wkt in shapes], pyarrow.binary()),
    }
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}
    arrow = pyarrow.table(columns).replace_schema_metadata({"geo": json.dumps(geo)})
    rows = [
        {
            "number": i,
            **(
                {}
                if i % 7 == 0
                else {
                    "large": 2**40 + i,
                    "unsigned": 2**32 - 1 - i,
                    "half": i % 100 / 4,
                    "single": i / 8,
                    "double": i / 10,
                    "price": (i - 100) / 100,
                    "open": i % 2 == 0,
                    "名称": f"海门区 {i % 50}",
                    "built": str(DAY + datetime.timedelta(i)),
                    "seen": (INSTANT + datetime.timedelta(seconds=i)).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                    "local": "2024-01-01T08:00:00",
                }
            ),
            "names.primary": f"n{i}",
            "names.rank": i % 100,
            "geometry": geojson(shapes[i] and shapely.from_wkt(shapes[i])),
        }
        for i in nth
    ]
    return arrow, rows


def write(folder):
    arrow, rows = table()
    ways = {
        "plain": {"compression": "none", "use_dictionary": False},
        "snappy": {"compression": "snappy"},
        "zstd": {"compression": "zstd", "row_group_size": 1000},
        "lz4": {"compression": "lz4", "data_page_size": 2048},
        "second": {"compression": "zstd", "data_page_version": "2.0", "data_page_size": 4096},
        "delta": {
            "compression": "snappy",
            "use_dictionary": False,
            "column_encoding": {"number": "DELTA_BINARY_PACKED", "double": "BYTE_STREAM_SPLIT", "名称": "DELTA_BYTE_ARRAY", "geometry": "DELTA_LENGTH_BYTE_ARRAY"},
        },
        "impala": {"compression": "snappy", "use_deprecated_int96_timestamps": True},
        "checked": {"compression": "zstd", "write_page_checksum": True},
        "gzip": {"compression": "gzip"},
    }
    for name, way in ways.items():
        pyarrow.parquet.write_table(arrow, Path(folder) / f"{name}.parquet", **way)
    return {"files": sorted(ways), "rows": rows}


def read(path):
    file = pyarrow.parquet.ParquetFile(path)
    geo = json.loads(file.metadata.metadata[b"geo"])
    shapes_name = geo["primary_column"]
    boxes_name = geo["columns"][shapes_name]["covering"]["bbox"]["xmin"][0]
    arrow = file.read()
    shapes = shapely.from_wkb(arrow.column(shapes_name).to_pylist())
    boxes = [tuple(box[corner] for corner in ("xmin", "ymin", "xmax", "ymax")) for box in arrow.column(boxes_name).to_pylist()]
    others = arrow.drop([shapes_name, boxes_name])
    rows = [
        {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in row.items() if value is not None}
        | {"geometry": geojson(shape)}
        for row, shape in zip(others.to_pylist(), shapes)
    ]
    return {
        "columns": {field.name: str(field.type) for field in others.schema},
        "rows": rows,
        "geo": geo,
        "groups": [file.metadata.row_group(nth).num_rows for nth in range(file.num_row_groups)],
        "boxes": boxes == [shape.bounds for shape in shapes],
        "valid": bool(shapely.is_valid(shapes).all()),
    }


job = json.load(sys.stdin)
print(json.dumps(write(job["write"]) if "write" in job else read(job["read"])))
