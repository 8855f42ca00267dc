"""A file into a database: `ogr2ogr` into a GeoPackage and `urbis import` in turn.

ogr2ogr only copies; urbis also checks, repairs, scrubs and keeps a version. The ceiling is ogr2ogr into FlatGeobuf, which writes no database.
"""

from . import timing
from .report import Table


def ask(bench):
    generated = bench.source("buildings", bench.sizes.serving)
    sources = {
        # name: file, what ogr2ogr and urbis need to be told
        "41,023 footprints in four zipped Shapefiles": (bench.data / "buildings/tiled_footprints.zip", ["-a_srs", "EPSG:4326", "-nln", "buildings"], ["--crs", "EPSG:4326"]),
        "Liechtenstein, OSM PBF": (bench.data / "osm/liechtenstein.osm.pbf", ["-where", "building is not null", "multipolygons"], []),
        generated.name: (generated.folder / "buildings.fgb", ["-nln", "buildings"], []),
    }
    table = Table(
        "Import",
        [("source", ""), ("features", "features"), ("ogr2ogr", "ogr2ogr s"), ("urbis", "urbis s"), ("ratio", "urbis is faster by"), ("ogr2ogr_cpu_s", "ogr2ogr CPU s"),
         ("urbis_cpu_s", "urbis CPU s"), ("ogr2ogr_mib", "ogr2ogr MiB"), ("urbis_mib", "urbis MiB"), ("ceiling", "ceiling: FlatGeobuf s")],
    )
    if not bench.peers.ogr2ogr:
        table.notes.append("no ogr2ogr here")
        return table
    for name, (file, for_ogr, for_urbis) in sources.items():
        if file.exists():
            table.rows.append({"source": name} | figures(bench, file, for_ogr, for_urbis))
        else:
            table.notes.append(f"{name}: {file.name} is not in the data folder (URBIS_SHARED_DATA)")
    return table


def figures(bench, file, for_ogr, for_urbis):
    # Several Shapefiles in one archive become one layer, as urbis does it.
    source = [f"/vsizip/{file}", "-append"] if file.suffix == ".zip" else [file]
    city = bench.folder / "city.gpkg"
    contenders = {
        "ogr2ogr": lambda: bench.run(["ogr2ogr", "-f", "GPKG", bench.fresh("peer.gpkg"), *source, *for_ogr]),
        "urbis": lambda: bench.run(
            [bench.urbis, "import", file, "--layer", "buildings", "--kind", "building", "--city", bench.fresh("city.gpkg"), *for_urbis], good=(0, 3)
        ),
        "ceiling": lambda: bench.run(["ogr2ogr", "-f", "FlatGeobuf", bench.fresh("ceiling.fgb"), *source, *for_ogr]),
    }
    said = {}
    runs = timing.in_turn(contenders, bench.runs, said, bench.budget_s)
    if said:
        raise timing.Failed("; ".join(said.values()))
    counted = int(bench.run([bench.urbis, "query", "buildings", "--format", "count", "--city", city]).words)
    found = {name: timing.summary(ran) for name, ran in runs.items()}
    return {
        "features": counted, **found, "ratio": found["ogr2ogr"]["median_s"] / found["urbis"]["median_s"],
        **{f"{name}_cpu_s": found[name]["cpu_s"] for name in ("ogr2ogr", "urbis")}, **{f"{name}_mib": found[name]["peak_mib"] for name in ("ogr2ogr", "urbis")},
    }
