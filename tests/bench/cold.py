"""A tile that nobody has asked for before: the same features, the same seeded addresses, the same attributes; every tile decoded and compared.

Each round asks addresses of its own, so a cache never helps. urbis and Martin answer over HTTP without compression, ST_AsMVT over libpq, geojson-vt in
process, which saves it the way. CPU is of the server (with its database) for one tile.
"""

import json
import os
import pathlib
import random
import statistics
import time

from . import martin, server, timing
from .addresses import tiles_inside
from .asked import Asked
from .postgres import Postgres
from .report import Table, cell
from .timing import Failed

SEED = 320614
ZOOM = 14
ROOT = pathlib.Path(__file__).resolve().parents[2]


def ask(bench):
    count = bench.sizes.cold
    source = bench.source("buildings", count)
    fgb = source.folder / "buildings.fgb"
    addresses = tiles_inside(count, ZOOM)
    random.Random(SEED).shuffle(addresses)
    first, addresses = addresses[0], addresses[1 : 1 + bench.sizes.addresses]
    table = Table(
        f"Cold z{ZOOM} tile among {source.name}",
        [("who", ""), ("time", "ms (median / p95 / greatest)"), ("ratio", "urbis is faster by"), ("cpu_ms", "CPU ms a tile"), ("cpu_ratio", "by CPU"), ("median_bytes", "bytes, median"),
         ("features", "features"), ("missing", "features missing"), ("peak_mib", "MiB")],
    )
    said, stops = {}, []
    contenders = {}
    try:
        for name, start in starts(bench, fgb).items():
            try:
                contenders[name], stop = start()
                stops.append(stop)
                contenders[name](ZOOM, *first, bench.folder / "first.mvt")
            except (Failed, FileNotFoundError) as failed:
                contenders.pop(name, None)
                said[name] = str(failed)
        rounds = [addresses[turn :: bench.runs] for turn in range(bench.runs)]
        found = {name: [] for name in contenders}
        for turn in rounds:
            for name, tile in contenders.items():
                folder = bench.folder / "cold" / name
                folder.mkdir(parents=True, exist_ok=True)
                found[name] += [tile(ZOOM, x, y, folder / f"{x}-{y}.mvt") for x, y in turn]
        # What an answer over HTTP cannot be faster than.
        if "urbis" in contenders:
            table.notes.append("ceiling: a request to urbis that does nothing, ms: " + cell(timing.quantiles_ms([contenders["urbis"].nothing() for _ in range(500)])))
    finally:
        for stop in reversed(stops):
            stop()
    held = json.loads(bench.python("bench.decoded", *[bench.folder / "cold" / name for name in contenders]).words)
    for name, tiles in found.items():
        cpu = [one["cpu_s"] for one in tiles if one.get("cpu_s") is not None]
        table.rows.append(
            {"who": name, "time": timing.quantiles_ms([one["seconds"] for one in tiles]), "cpu_ms": statistics.fmean(cpu) * 1000 if cpu else None,
             "peak_mib": max((one["peak_mib"] for one in tiles if one.get("peak_mib")), default=None), **held[name]}
        )
    ours = next((row for row in table.rows if row["who"] == "urbis"), None)
    for row in table.rows:
        if ours and ours["missing"] == 0:
            row["ratio"] = row["time"]["median_ms"] / ours["time"]["median_ms"]
            row["cpu_ratio"] = row["cpu_ms"] / ours["cpu_ms"] if row["cpu_ms"] and ours["cpu_ms"] else None
    table.notes += [f"{name}: {why}" for name, why in said.items()]
    return table


def starts(bench, fgb):
    """Who can be asked here: name -> () -> (tile, stop)."""
    peers, shared = bench.peers, {}

    def over_http(running, path, processes):
        def tile(z, x, y, file):
            running.wake()
            before, started = cpu_s(processes), time.perf_counter()
            status, body = running.get(path.format(z=z, x=x, y=y))
            seconds = time.perf_counter() - started
            if status not in (200, 204):
                raise Failed(f"{z}/{x}/{y}: status {status}: {body[:200]}")
            file.write_bytes(body)
            return {"seconds": seconds, "cpu_s": cpu_s(processes) - before, "peak_mib": running.peak_mib()}

        def nothing():
            running.wake()
            started = time.perf_counter()
            running.get("/health")
            return time.perf_counter() - started

        tile.nothing = nothing
        return tile, running.stop

    def urbis():
        city = bench.fresh("cold.gpkg")
        bench.run([bench.urbis, "import", fgb, "--layer", "buildings", "--kind", "generic", "--city", city], good=(0, 3))
        running = server.urbis(bench, city)
        return over_http(running, "/tiles/buildings/{z}/{x}/{y}", [running.child.pid])

    def postgis():
        if "postgis" not in shared:
            shared["postgis"] = Postgres(bench)
            shared["postgis"].load(fgb)
        return shared["postgis"]

    def st_asmvt():
        database = postgis()
        env = os.environ | {"PYTHONPATH": str(ROOT / "tests"), "PYTHONDONTWRITEBYTECODE": "1"}
        asked = Asked([peers.python, "-m", "bench.st_asmvt", database.url], bench.folder, env)

        def tile(*address):
            before = cpu_s([database.pid])
            return asked.tile(*address) | {"cpu_s": cpu_s([database.pid]) - before}

        def stop():
            asked.stop()
            database.__exit__()

        return tile, stop

    def martin_postgis():
        database = postgis()
        running = martin.on_postgis(bench, database.url, 0)
        return over_http(running, "/buildings/{z}/{x}/{y}", [running.child.pid, database.pid])

    def martin_geojson():
        running = martin.on_geojson(bench, geojson(bench, fgb), 0)
        return over_http(running, "/buildings/{z}/{x}/{y}", [running.child.pid])

    def geojson_vt():
        lines = bench.removed(bench.folder / "cold.geojsons")
        bench.run(["ogr2ogr", "-f", "GeoJSONSeq", lines, fgb])
        asked = Asked([peers.node, "--max-old-space-size=12000", ROOT / "tests/bench/geojson_vt.mjs", lines], bench.folder)
        return asked.tile, asked.stop

    who = {"urbis": urbis}
    if peers.postgres and peers.has("psycopg"):
        who["ST_AsMVT"] = st_asmvt
    if peers.postgres and peers.martin:
        who["Martin on PostGIS"] = martin_postgis
    if peers.martin:
        who["Martin on GeoJSON"] = martin_geojson
    if peers.node and peers.has("geojson-vt") and peers.has("vt-pbf"):
        who["geojson-vt + vt-pbf"] = geojson_vt
    return who


def geojson(bench, fgb):
    file = bench.removed(bench.folder / "cold.geojson")
    bench.run(["ogr2ogr", "-f", "GeoJSON", file, fgb])
    return file


def cpu_s(processes):
    """CPU seconds so far of these processes and their children, to the 10 ms of the kernel's clock: means of many tiles are finer."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        fields, pid = fields.split(), int(name.split()[0])
        if pid in processes or int(fields[1]) in processes:
            total += int(fields[11]) + int(fields[12]) + (int(fields[13]) + int(fields[14]) if pid in processes else 0)
    return total / os.sysconf("SC_CLK_TCK")
