"""A whole city's tiles, zoom 0 to 14, into one PMTiles archive: seconds, memory, bytes, and the gates on what came out.

Everyone reads the same features, from the format that it reads fastest. urbis's line is given twice: from a city already imported, as a server has
it, and with the import, as the others start from a file.
"""

import hashlib
import json

from . import timing
from .report import Table

ZOOMS = ("0", "14")
ZLIB_LEVEL = 6
FREESTILER = "import sys, freestiler; freestiler.freestile_file(sys.argv[1], sys.argv[2], layer_name='buildings', min_zoom=0, max_zoom=14, quiet=True)"
TYLERTOO = """import sys, tylertoo
tylertoo.overview(sys.argv[1], sys.argv[3], max_zoom=14)
tylertoo.export_pmtiles(sys.argv[3], sys.argv[2], layer_name='buildings', feature_id='key')"""
GDAL = """import sys, pyogrio
with pyogrio.raw.open_arrow(sys.argv[1]) as (about, rows):
    pyogrio.raw.write_arrow(rows, sys.argv[2], driver='PMTiles', layer='buildings', geometry_type=about['geometry_type'], crs=about['crs'],
        geometry_name=about['geometry_name'] or 'wkb_geometry', dataset_options={'MINZOOM': '0', 'MAXZOOM': '14'}, layer_options={'ID_FIELD': 'key'})"""


def ask(bench, source, kind="generic", cells=False):
    folder, peers, said = bench.folder, bench.peers, {}
    out = {name: folder / f"{name}.pmtiles" for name in ("urbis", "tippecanoe", "freestiler", "tylertoo", "gdal")}
    fgb, parquet = source.folder / "buildings.fgb", source.folder / "buildings.parquet"
    city = bench.fresh("batch.gpkg")
    bench.run([bench.urbis, "import", fgb, "--layer", "buildings", "--kind", kind, "--city", city], good=(0, 3))
    urbis = [bench.urbis, "tiles", "buildings", "--city", city, "--min-zoom", ZOOMS[0], "--max-zoom", ZOOMS[1], "--out", out["urbis"]]
    whole = bench.fresh("whole.gpkg")

    def made(command):
        bench.removed(out["urbis"])
        return bench.run(command)

    def with_import():
        bench.fresh("whole.gpkg")
        first = bench.run([bench.urbis, "import", fgb, "--layer", "buildings", "--kind", kind, "--city", whole], good=(0, 3))
        second = made([whole if word == city else word for word in urbis])
        return timing.Run(first.seconds + second.seconds, first.cpu_s + second.cpu_s, max(first.peak_mib, second.peak_mib))

    contenders = {
        "urbis": lambda: made(urbis),
        "urbis, import included": with_import,
        "tippecanoe": lambda: bench.run(
            [peers.bin("tippecanoe"), "-q", "-f", "-Z", ZOOMS[0], "-z", ZOOMS[1], "-l", "buildings", "--generate-ids", "--drop-densest-as-needed", "-o", out["tippecanoe"], fgb]
        ),
        "freestiler": lambda: bench.run([peers.python, "-c", FREESTILER, parquet, out["freestiler"]]),
        "tylertoo": lambda: bench.run([peers.python, "-c", TYLERTOO, parquet, out["tylertoo"], bench.fresh("overview.parquet")]),
        "gdal": lambda: bench.run([peers.python, "-c", GDAL, fgb, bench.removed(out["gdal"])]),
    }
    contenders = {name: ask for name, ask in contenders.items() if name.startswith("urbis") or peers.has({"gdal": "pyogrio"}.get(name, name))}
    if not bench.knows("tiles"):
        said |= dict.fromkeys(("urbis", "urbis, import included"), "this urbis has no `tiles` command")
    figures = timing.in_turn(contenders, 1 if cells else bench.runs, said, bench.budget_s)

    table = Table(
        f"Tiles z0–14 of {source.name}",
        [("who", ""), ("time", "s"), ("ratio", "urbis is faster by"), ("cpu_s", "CPU s"), ("peak_mib", "MiB"), ("bytes", "bytes"), ("tiles", "tiles"),
         ("greatest_tile_bytes", "greatest tile"), ("error_px", "error px"), ("kept", "area kept"), ("lost", "lost"), ("failed", "gates failed")],
    )
    if cells:
        table.columns = [("who", ""), ("bytes", "bytes"), ("tiles", "tiles"), ("gap_px2", "gap px²"), ("overlap_px2", "overlap px²"), ("failed", "gates failed")]
    gates = {}
    for name, runs in figures.items():
        archive = out[name.split(",")[0]]
        if archive not in gates:
            judged = bench.python("bench.gates", archive, fgb, "--tiles-per-zoom", bench.sizes.tiles_per_zoom, *(["--cells"] if cells else []))
            gates[archive] = json.loads(judged.words)
        judged = gates[archive]
        table.rows.append(
            {"who": name, "time": timing.summary(runs), "cpu_s": timing.summary(runs)["cpu_s"], "peak_mib": timing.summary(runs)["peak_mib"],
             "bytes": archive.stat().st_size, "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(), **judged,
             "kept": f"{judged['area_kept_least']:.3f}–{judged['area_kept_greatest']:.3f}" if judged["area_kept_least"] else None,
             "failed": ", ".join(judged["failed"]) or "none"}
        )
    ours = next((row for row in table.rows if row["who"] == "urbis"), None)
    for row in table.rows:
        # A speed figure is void while a gate of urbis fails.
        row["ratio"] = row["time"]["median_s"] / ours["time"]["median_s"] if ours and ours["failed"] == "none" else None
    if ours and not cells:
        packing = float(bench.python("bench.ceiling", out["urbis"], ZLIB_LEVEL).words)
        table.notes.append(f"ceiling: urbis's tiles only compressed again, zlib level {ZLIB_LEVEL}, all cores: {packing:.2f} s")
    table.notes += [f"{name}: {why}" for name, why in said.items()]
    return table
