"""One large city served: how soon it answers, what it holds in memory, how long tiles and windows take. The ceiling is /health, which does nothing."""

import json
import random
import statistics
import time

from . import cities, server, timing
from .addresses import tiles_inside
from .report import Table

SEED = 320614


def ask(bench):
    count = bench.sizes.serving
    source = bench.source("buildings", count)
    city = bench.fresh("serving.gpkg")
    bench.run([bench.urbis, "import", source.folder / "buildings.fgb", "--layer", "buildings", "--kind", "building", "--city", city])
    one, bare = bench.fresh("one.geojson"), bench.fresh("bare.gpkg")
    one.write_text('{"type":"Feature","geometry":{"type":"Point","coordinates":[121,31]},"properties":{}}')
    bench.run([bench.urbis, "import", one, "--layer", "one", "--city", bare])
    with server.urbis(bench, bare) as empty:
        base_kib = empty.resident_kib()
    tiles = tiles_inside(count, 14)
    random.Random(SEED).shuffle(tiles)
    tiles = [f"/tiles/buildings/14/{x}/{y}" for x, y in tiles[: bench.sizes.addresses]]
    starts = []
    for _ in range(bench.runs):
        started = time.perf_counter()
        with server.urbis(bench, city) as running:
            status, body = running.get(tiles[0])
            starts.append(timing.Run(time.perf_counter() - started, running.cpu_s(), running.peak_mib()))
        assert status == 200 and body, (status, "the first tile must have buildings in it")
    windows, chance = [], random.Random(SEED)
    side = 10 * cities.STEP_DEG
    for _ in range(1000):
        west = cities.WEST + chance.uniform(0, cities.side_deg(count) - side)
        south = cities.SOUTH + chance.uniform(0, cities.side_deg(count) - side)
        windows.append(f"/collections/buildings/items?bbox={west},{south},{west + side},{south + side}&limit=1")
    with server.urbis(bench, city) as running:
        health = running.time(["/health"] * 1000)
        loaded_kib = running.resident_kib()
        cold, warm = running.time(tiles), running.time(tiles)
        hits = [json.loads(running.get(window)[1])["numberMatched"] for window in windows[:50]]
        window = running.time(windows)
        tiled_kib = running.resident_kib()
    table = Table(f"Serving {source.name}", [("what", ""), ("figure", "measured")])
    table.rows = [
        {"what": "start to first z14 tile, s", "figure": timing.summary(starts)},
        {"what": "resident after start, bytes a building, less a server's with one point", "figure": (loaded_kib - base_kib) * 1024 / count},
        {"what": "resident after tiles and queries, bytes a building", "figure": (tiled_kib - base_kib) * 1024 / count},
        {"what": "z14 tile over HTTP, first time, ms", "figure": timing.quantiles_ms(cold)},
        {"what": "z14 tile over HTTP, again, ms", "figure": timing.quantiles_ms(warm)},
        {"what": f"window of {statistics.median(hits):.0f} hits over HTTP, ms", "figure": timing.quantiles_ms(window)},
        {"what": "ceiling: /health, ms", "figure": timing.quantiles_ms(health)},
    ]
    return table
