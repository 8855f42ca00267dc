"""A tile asked for again and again by sixteen connections: requests a second beside a handler that returns the same bytes from memory.

wrk shares the cores with what it loads, so the ceiling is loaded the same way; figures compare only with each other.
"""

import gzip
import re
import statistics

from . import cold, martin, server, timing
from .addresses import tiles_inside
from .postgres import Postgres
from .report import Table
from .server import Server, free_port
from .timing import Failed

CONNECTIONS = 16


def ask(bench):
    count = bench.sizes.cold
    source = bench.source("buildings", count)
    fgb = source.folder / "buildings.fgb"
    table = Table(
        f"Warm tile of {source.name}, {CONNECTIONS} connections, gzip",
        [("tile", "tile"), ("who", ""), ("bytes", "bytes"), ("per_s", "requests/s, median"), ("spread", "least–greatest"), ("of_ceiling", "of the ceiling"), ("ratio", "urbis is faster by")],
    )
    if not bench.peers.wrk:
        table.notes.append("no wrk here: apt-get install wrk")
        return table
    city = bench.fresh("warm.gpkg")
    bench.run([bench.urbis, "import", fgb, "--layer", "buildings", "--kind", "generic", "--city", city], good=(0, 3))
    running, stops = {"urbis": (server.urbis(bench, city), "/tiles/buildings/{z}/{x}/{y}")}, []
    try:
        if bench.peers.martin:
            running["Martin on GeoJSON, which it does not cache"] = (martin.on_geojson(bench, cold.geojson(bench, fgb), 512), "/buildings/{z}/{x}/{y}")
            if bench.peers.postgres:
                database = Postgres(bench)
                stops.append(database.__exit__)
                database.load(fgb)
                running["Martin on PostGIS, cached"] = (martin.on_postgis(bench, database.url, 512), "/buildings/{z}/{x}/{y}")
        for zoom in (14, 17):
            inside = tiles_inside(count, zoom)
            rows(bench, table, zoom, inside[len(inside) // 2], running)
    finally:
        for one, _ in running.values():
            one.stop()
        for stop in stops:
            stop()
    return table


def rows(bench, table, zoom, address, running):
    paths, bodies = {}, {}
    for name, (one, path) in running.items():
        paths[name] = (one.port, path.format(z=zoom, x=address[0], y=address[1]))
        one.wake()
        status, bodies[name] = one.get(paths[name][1], "gzip")
        if status != 200:
            raise Failed(f"{name}: {paths[name][1]}: status {status}")
    ceiling = start_ceiling(bench, bodies["urbis"])
    try:
        paths["ceiling"], bodies["ceiling"] = (ceiling.port, "/"), bodies["urbis"]
        found = {name: [] for name in paths}
        for _ in range(bench.runs):
            for name, (port, path) in paths.items():
                if name not in found:
                    continue
                try:
                    found[name].append(load(bench, port, path))
                except Failed as failed:
                    if name in ("urbis", "ceiling"):
                        raise
                    del found[name]
                    # Else it goes on with what nobody waits for, on the others' time.
                    running.pop(name)[0].stop()
                    table.notes.append(f"{name}: failed at z{zoom} and was left out from there on: {failed}")
    finally:
        ceiling.stop()
    median = {name: statistics.median(per_s) for name, per_s in found.items()}
    for name, per_s in found.items():
        table.rows.append(
            {"tile": f"z{zoom}", "who": name, "bytes": len(bodies[name]), "plain_bytes": len(gzip.decompress(bodies[name]) if bodies[name][:2] == b"\x1f\x8b" else bodies[name]),
             "per_s": median[name], "spread": f"{min(per_s):,.0f}–{max(per_s):,.0f}", "of_ceiling": f"{100 * median[name] / median['ceiling']:.0f} %",
             "ratio": median["urbis"] / median[name]}
        )


def start_ceiling(bench, body):
    file = bench.folder / "ceiling.bin"
    file.write_bytes(body)
    port = free_port()
    return Server([bench.urbis.parent / "examples/ceiling", file, f"127.0.0.1:{port}"], port, bench.folder)


def load(bench, port, path):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{bench.sizes.warm_s}s", "--timeout", "60s", "-H", "Accept-Encoding: gzip", f"http://127.0.0.1:{port}{path}"]
    words = timing.run(command, bench.folder).words
    if re.search(r"Non-2xx|Socket errors", words):
        raise Failed(words)
    per_s = float(re.search(r"Requests/sec:\s*([\d.]+)", words)[1])
    if per_s == 0:
        raise Failed(f"no answer in {bench.sizes.warm_s} s: {words}")
    return per_s
