"""SpatialBench asked of other engines: python -m bench.spatialbench_peers duckdb|sedonadb FOLDER QUERY...

`flatten FOLDER` writes what urbis's side reads: trips.bin (per trip: key as i64, lon, lat as f64) and buildings.bin (per building: key as i64, number
of vertices as i64, then lon, lat each), little-endian, with their counts in flat.json. Prints one line of JSON: seconds to load and per query, and of each
answer its rows, sums of keys, and sum of distances or areas, taken outside the time.
"""

import json
import pathlib
import sys
import time

import numpy

PRIME = 2**61 - 1
SEDONA = "POINT (-111.7610 34.8697)"
# SpatialBench's queries, less the columns that only decorate a row.
SQL = {
    "Q1": f"""SELECT t_tripkey AS one, 0 AS other, ST_Distance(pickup, ST_GeomFromText('{SEDONA}')) AS measure FROM trips
        WHERE ST_DWithin(pickup, ST_GeomFromText('{SEDONA}'), 0.45) ORDER BY measure, one""",
    "Q8": """SELECT b_buildingkey AS one, COUNT(*) AS other, 0.0 AS measure FROM trips JOIN buildings ON ST_DWithin(pickup, boundary, 0.0045)
        GROUP BY b_buildingkey ORDER BY other DESC, one""",
    "Q9": """SELECT one, other, CASE WHEN overlap = 0 THEN 0 ELSE overlap / (area + other_area - overlap) END AS measure FROM (
        SELECT a.b_buildingkey AS one, b.b_buildingkey AS other, ST_Area(a.boundary) AS area, ST_Area(b.boundary) AS other_area,
            ST_Area(ST_Intersection(a.boundary, b.boundary)) AS overlap
        FROM buildings a JOIN buildings b ON a.b_buildingkey < b.b_buildingkey AND ST_Intersects(a.boundary, b.boundary)) AS pairs
        ORDER BY measure DESC, one, other""",
    "Q12": """SELECT t_tripkey AS one, b_buildingkey AS other, ST_Distance(pickup, boundary) AS measure
        FROM trips JOIN buildings ON ST_KNN(pickup, boundary, 5, FALSE)""",
}


def main():
    who, folder, queries = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    if who == "flatten":
        return flatten(folder)
    started = time.perf_counter()
    ask = {"duckdb": duckdb_session, "sedonadb": sedona_session}[who](folder)
    answer = {"load_s": time.perf_counter() - started, "queries": {}}
    for query in queries:
        # DuckDB has no join by nearness.
        if not (who == "duckdb" and query == "Q12"):
            started = time.perf_counter()
            one, other, measure = ask(SQL[query])
            seconds = time.perf_counter() - started
            answer["queries"][query] = {"seconds": seconds, "rows": len(one), "answer": digest(one, other, measure)}
    print(json.dumps(answer))


def digest(one, other, measure):
    one, other = one.astype(object), other.astype(object)
    return {"rows": len(one), "keys": int((one + other).sum()) % PRIME, "mixed": int((one * other).sum()) % PRIME, "measure": float(measure.sum())}


def duckdb_session(folder):
    from duckdb_extensions import import_extension
    import duckdb

    import_extension("spatial")
    session = duckdb.connect()
    session.execute("LOAD spatial")
    session.execute(f"CREATE TABLE trips AS SELECT t_tripkey, ST_GeomFromWKB(t_pickuploc) AS pickup FROM '{folder}/trip.parquet'")
    session.execute(f"CREATE TABLE buildings AS SELECT b_buildingkey, ST_GeomFromWKB(b_boundary) AS boundary FROM '{folder}/building.parquet'")

    def ask(sql):
        columns = session.execute(sql).fetchnumpy()
        return columns["one"], columns["other"], columns["measure"]

    return ask


def sedona_session(folder):
    import sedonadb

    session = sedonadb.connect()
    for table, key, column, name in (("trip", "t_tripkey", "t_pickuploc", "pickup"), ("building", "b_buildingkey", "b_boundary", "boundary")):
        session.read_parquet(f"{folder}/{table}.parquet").to_view(table, overwrite=True)
        session.sql(f"SELECT {key}, ST_GeomFromWKB({column}) AS {name} FROM {table}").to_memtable().to_view(f"{table}s", overwrite=True)

    def ask(sql):
        columns = session.sql(sql).to_arrow_table()
        return (columns[name].to_numpy() for name in ("one", "other", "measure"))

    return ask


def flatten(folder):
    import pyarrow.parquet
    import shapely

    trips = pyarrow.parquet.read_table(folder / "trip.parquet", columns=["t_tripkey", "t_pickuploc"])
    places = shapely.get_coordinates(shapely.from_wkb(trips["t_pickuploc"].to_numpy()))
    rows = numpy.empty(len(trips), dtype=[("key", "<i8"), ("lon", "<f8"), ("lat", "<f8")])
    rows["key"], rows["lon"], rows["lat"] = trips["t_tripkey"].to_numpy(), places[:, 0], places[:, 1]
    rows.tofile(folder / "trips.bin")
    buildings = pyarrow.parquet.read_table(folder / "building.parquet", columns=["b_buildingkey", "b_boundary"])
    shapes = shapely.from_wkb(buildings["b_boundary"].to_numpy())
    if not (shapely.get_type_id(shapes) == 3).all() or shapely.get_num_interior_rings(shapes).any():
        sys.exit("a building that is not one polygon without holes: trips.bin and buildings.bin cannot hold it")
    with open(folder / "buildings.bin", "wb") as out:
        for key, shape in zip(buildings["b_buildingkey"].to_numpy(), shapes):
            ring = shapely.get_coordinates(shape).astype("<f8")
            out.write(numpy.array([key, len(ring)], dtype="<i8").tobytes() + ring.tobytes())
    (folder / "flat.json").write_text(json.dumps({"trips": len(trips), "buildings": len(buildings)}))
    return None


if __name__ == "__main__":
    main()
