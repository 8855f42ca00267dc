"""How cost grows with the city, at constant density: the same questions at every size, and the b of cost = a · n^b."""

import random
import statistics
import time

from . import cities, server, timing
from .addresses import tiles_inside
from .report import Table

SEED = 320614
WINDOWS = 300


def ask(bench):
    table = Table(
        "How cost grows",
        [("buildings", "buildings"), ("import_s", "import s"), ("import_mib", "import MiB"), ("start_s", "start to first tile s"), ("resident_mib", "resident MiB"),
         ("cold_ms", "cold z14 tile ms"), ("window_ms", "window of 100 ms"), ("tiles_s", "tiles z0–14 s"), ("tiles_mib", "tiles MiB"), ("tiles_bytes", "tiles bytes")],
    )
    for count in bench.sizes.growth:
        table.rows.append(figures(bench, count, table.notes))
    slopes = {"buildings": "exponent"}
    for key, _ in table.columns[1:]:
        points = [(row["buildings"], row[key]) for row in table.rows if row.get(key)]
        slopes[key] = timing.exponent(points)
    table.rows.append(slopes)
    table.notes.append("one run at each size; the exponent is of all sizes together, 1 is linear, 0 does not grow")
    return table


def figures(bench, count, notes):
    source = bench.source("buildings", count)
    city = bench.fresh("growth.gpkg")
    took = bench.run([bench.urbis, "import", source.folder / "buildings.fgb", "--layer", "buildings", "--kind", "generic", "--city", city])
    row = {"buildings": count, "import_s": took.seconds, "import_mib": took.peak_mib}
    tiles = tiles_inside(count, 14)
    random.Random(SEED).shuffle(tiles)
    started = time.perf_counter()
    with server.urbis(bench, city) as running:
        # Of ten million buildings the first tile is not ready within the server's 30 s: it answers 503, prepares on, and is asked again.
        while running.get(f"/tiles/buildings/14/{tiles[0][0]}/{tiles[0][1]}")[0] == 503:
            time.sleep(0.1)
        row["start_s"] = time.perf_counter() - started
        paths = [f"/tiles/buildings/14/{x}/{y}" for x, y in tiles[1 : 1 + bench.sizes.addresses]]
        row["cold_ms"] = statistics.median(running.time(paths)) * 1000 if paths else None
        side, chance, windows = 10 * cities.STEP_DEG, random.Random(SEED), []
        for _ in range(WINDOWS):
            west = cities.WEST + chance.uniform(0, cities.side_deg(count) - side)
            south = cities.SOUTH + chance.uniform(0, cities.side_deg(count) - side)
            windows.append(f"/collections/buildings/items?bbox={west},{south},{west + side},{south + side}&limit=1")
        row["window_ms"] = statistics.median(running.time(windows)) * 1000
        row["resident_mib"] = running.resident_kib() / 1024
    if bench.knows("tiles"):
        out = bench.removed(bench.folder / "growth.pmtiles")
        took = bench.run([bench.urbis, "tiles", "buildings", "--city", city, "--min-zoom", "0", "--max-zoom", "14", "--out", out])
        row |= {"tiles_s": took.seconds, "tiles_mib": took.peak_mib, "tiles_bytes": out.stat().st_size}
    elif not notes:
        notes.append("this urbis has no `tiles` command")
    return row
