"""The data that everyone is measured on: made from seeds, or real where the collection is there. A program of its own, so that its memory is not the bench's.

    python -m bench.cities buildings COUNT FOLDER     COUNT buildings at a constant density: a larger city is wider, not denser
    python -m bench.cities cells COUNT FOLDER         COUNT cells that share every border, as the grids of a city's wards do
    python -m bench.cities liechtenstein FILE FOLDER  the buildings of an OSM extract

Writes buildings.fgb and buildings.parquet (GeoParquet) into FOLDER, with the same features in the same order, and prints how many.
"""

import pathlib
import sys

SEED = 320614
WEST, SOUTH = 121.0, 31.7
STEP_DEG = 0.0005  # between neighbouring buildings: about 47 m by 55 m, 1,600 buildings in a z14 tile
USES = ["residential", "commercial", "industrial", "office", "school"]
# A U of eight corners in a square of side 1.
PLAN = [(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.5), (0.3, 0.5), (0.3, 1), (0, 1), (0, 0)]
AT_ONCE = 500_000
LAYER = "buildings"


def side_deg(count):
    """How wide and high the city of that many buildings is."""
    return -(-(count**0.5) // 1) * STEP_DEG


def main():
    made, of, folder = sys.argv[1:4]
    folder = pathlib.Path(folder)
    if made == "buildings":
        shapes, columns = buildings(int(of))
    elif made == "cells":
        shapes, columns = cells(int(of))
    else:
        shapes, columns = liechtenstein(of)
    write(folder, shapes, columns)
    print(len(shapes))


def buildings(count):
    """U-shaped buildings, turned, in rows, with the usual attributes."""
    import numpy
    import shapely

    chance = numpy.random.default_rng(SEED)
    across = int(side_deg(count) / STEP_DEG + 0.5)
    shapes = []
    for first in range(0, count, AT_ONCE):
        place = numpy.arange(first, min(first + AT_ONCE, count))
        middle = numpy.stack([WEST + (place % across + 0.5) * STEP_DEG, SOUTH + (place // across + 0.5) * STEP_DEG], axis=1)
        # At most 0.7 of the step wide: neighbours do not touch however they are turned.
        size = STEP_DEG * chance.uniform(0.35, 0.7, len(place))
        angle = chance.uniform(0, numpy.pi / 2, len(place))
        turn = numpy.stack([numpy.cos(angle), -numpy.sin(angle), numpy.sin(angle), numpy.cos(angle)], axis=1).reshape(-1, 2, 2)
        corners = (numpy.array(PLAN) - 0.5) @ turn.transpose(0, 2, 1) * size[:, None, None]
        shapes.extend(shapely.to_wkb(shapely.polygons(middle[:, None, :] + corners)))
    columns = {
        "key": numpy.arange(1, count + 1),
        "name": numpy.array([f"{number % 500} 号楼" if number % 7 == 0 else None for number in range(count)], dtype=object),
        "use": numpy.array(USES, dtype=object)[chance.integers(0, len(USES), count)],
        "levels": chance.integers(1, 34, count),
        "height_m": numpy.round(chance.uniform(3, 100, count), 1),
    }
    return numpy.array(shapes, dtype=object), columns


def cells(count):
    """A square wholly covered by cells whose borders wander; neighbours have the very same vertices on the border they share."""
    import numpy
    import shapely

    chance = numpy.random.default_rng(SEED + 1)
    side = int(count**0.5)
    step = 0.4 / side
    along = 9
    lattice = numpy.stack(numpy.meshgrid(numpy.arange(side + 1.0), numpy.arange(side + 1.0), indexing="xy"), axis=-1)
    lattice[1:-1, 1:-1] += chance.uniform(-0.2, 0.2, lattice[1:-1, 1:-1].shape)
    part = numpy.linspace(0, 1, along)[None, None, :, None]
    across = lattice[:, :-1, None] * (1 - part) + lattice[:, 1:, None] * part
    up = lattice[:-1, :, None] * (1 - part) + lattice[1:, :, None] * part
    # The outer border stays straight, so that the whole is a square.
    across[1:-1, :, 1:-1] += chance.uniform(-0.03, 0.03, across[1:-1, :, 1:-1].shape)
    up[:, 1:-1, 1:-1] += chance.uniform(-0.03, 0.03, up[:, 1:-1, 1:-1].shape)
    rings = []
    for row in range(side):
        for column in range(side):
            ring = [across[row, column][:-1], up[row, column + 1][:-1], across[row + 1, column][::-1][:-1], up[row, column][::-1]]
            rings.append(numpy.concatenate(ring) * step + (WEST, SOUTH))
    shapes = shapely.to_wkb(shapely.polygons(rings))
    keys = numpy.arange(1, len(rings) + 1)
    return shapes, {"key": keys, "use": numpy.array(USES, dtype=object)[keys % len(USES)]}


def roads(count):
    """A net of streets that wander between the crossings of a bent lattice; every fourth line of it is a road of a higher class."""
    import numpy
    import shapely

    chance = numpy.random.default_rng(SEED + 2)
    side = max(int((count / 2) ** 0.5), 2)
    along = numpy.linspace(0, 1, 13)[:, None]
    lattice = numpy.stack(numpy.meshgrid(numpy.arange(side + 1.0), numpy.arange(side + 1.0)), axis=-1)
    lattice += chance.uniform(-0.3, 0.3, lattice.shape)
    lines, classes = [], []
    for row in range(side):
        for column in range(side):
            for across, (to_row, to_column) in enumerate([(row + 1, column), (row, column + 1)]):
                line = lattice[row, column] * (1 - along) + lattice[to_row, to_column] * along
                line[1:-1] += chance.uniform(-0.04, 0.04, (11, 2))
                lines.append(line * (4 * STEP_DEG) + (WEST, SOUTH))
                classes.append(["motorway", "residential", "secondary", "tertiary"][(row if across else column) % 4])
    keys = numpy.arange(1, len(lines) + 1)
    return shapely.to_wkb(shapely.linestrings(lines)), {"key": keys, "class": numpy.array(classes, dtype=object)}


def liechtenstein(file):
    import numpy
    import pyogrio

    table = pyogrio.raw.read(file, layer="multipolygons", columns=["name", "building"], where="building is not null")
    _, _, shapes, (name, use) = table
    return shapes, {"key": numpy.arange(1, len(shapes) + 1), "name": name, "use": use}


def write(folder, shapes, columns):
    import pyarrow
    import pyarrow.parquet
    import pyogrio
    import shapely

    kind = "MultiPolygon" if any(shapely.get_type_id(shapely.from_wkb(shapes)) == 6) else "Polygon"
    # Without its index a FlatGeobuf keeps the order of its features.
    pyogrio.raw.write(
        folder / "buildings.fgb", shapes, list(columns.values()), list(columns), layer=LAYER, geometry_type=kind, crs="EPSG:4326",
        driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"},
    )
    # Uncompressed, which every reader knows. GeoParquet 1.0: WKB, and one piece of metadata; no "crs" means longitude and latitude.
    table = pyarrow.table({**{name: pyarrow.array(values) for name, values in columns.items()}, "geometry": pyarrow.array(shapes, pyarrow.binary())})
    about = f'{{"version":"1.0.0","primary_column":"geometry","columns":{{"geometry":{{"encoding":"WKB","geometry_types":["{kind}"]}}}}}}'
    pyarrow.parquet.write_table(table.replace_schema_metadata({"geo": about}), folder / "buildings.parquet", compression="none")


if __name__ == "__main__":
    main()
