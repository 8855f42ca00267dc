"""Import, serving and query speed of urbis beside a peer, on the same data in the same run.

    ./run bench [--runs 5] [--buildings 1000000] [--only NAME] [--json FILE]

Import: `ogr2ogr` into a GeoPackage and `urbis import` take turns (A B A B ...); medians, spread (least to greatest) and the greatest peak memory.
ogr2ogr only copies; urbis also checks, repairs, scrubs and keeps a version. The ceiling beside it is ogr2ogr into FlatGeobuf, which writes no
database. Serving: one generated city; the ceiling beside it is /health, a request that does nothing. Prints Markdown; --json keeps the figures.
"""

import argparse
import http.client
import json
import os
import pathlib
import platform
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("URBIS_SHARED_DATA", ROOT.parent / "shared" / "data"))
SEED = 320614
# The generated city: a square of this many degrees, buildings in rows.
WEST, SOUTH, SIDE_DEG = 121.0, 31.7, 0.5


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--urbis", required=True, type=pathlib.Path)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--buildings", type=int, default=1_000_000)
    options.add_argument("--only", choices=["footprints", "liechtenstein", "generated", "serving"], action="append")
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    options.urbis = options.urbis.resolve()
    wanted = options.only or ["footprints", "liechtenstein", "generated", "serving"]
    figures = {"machine": machine(), "import": {}, "serving": None}
    print(f"Machine: {figures['machine']}\n")
    with tempfile.TemporaryDirectory(prefix="urbis-bench-") as folder:
        folder = pathlib.Path(folder)
        generated = folder / "generated.fgb"
        if {"generated", "serving"} & set(wanted):
            # In a process of its own: a child's peak memory starts with what its parent held when it was made.
            code = f"import pathlib, bench; bench.generate(pathlib.Path({str(generated)!r}), {options.buildings})"
            subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests", env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}, check=True)
        sources = {
            # name: file, what ogr2ogr and urbis need to be told
            "footprints": (DATA / "buildings/tiled_footprints.zip", ["-a_srs", "EPSG:4326", "-nln", "buildings"], ["--crs", "EPSG:4326"]),
            "liechtenstein": (DATA / "osm/liechtenstein.osm.pbf", ["-where", "building is not null", "multipolygons"], []),
            "generated": (generated, ["-nln", "buildings"], []),
        }
        print("| import | features | ogr2ogr s | urbis s | ratio | ogr2ogr MiB | urbis MiB | ceiling (FlatGeobuf) s |\n|---|---|---|---|---|---|---|---|")
        for name, (file, for_ogr, for_urbis) in sources.items():
            if name not in wanted:
                continue
            if not file.exists():
                print(f"SKIPPED: {name}: {file} is not there", file=sys.stderr)
                continue
            figures["import"][name] = bench_import(folder, file, for_ogr, for_urbis, options)
            print(import_row(name, figures["import"][name]), flush=True)
        if "serving" in wanted:
            figures["serving"] = bench_serving(folder, generated, options)
            print(serving_table(figures["serving"]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    gdal = subprocess.run(["ogr2ogr", "--version"], capture_output=True, text=True).stdout.split(",")[0]
    return f"{cpu}, {os.cpu_count()} cores, {gdal}"


def generate(path, count):
    """U-shaped buildings of eight corners in rows, with the usual attributes; always the same."""
    import numpy
    import pyogrio
    import shapely

    across = int(numpy.ceil(count**0.5))
    step = SIDE_DEG / across
    place = numpy.arange(count)
    lon = WEST + (place % across) * step
    lat = SOUTH + (place // across) * step
    chance = numpy.random.default_rng(SEED)
    size = step * chance.uniform(0.4, 0.8, count)
    corners = numpy.array([(0, 0), (1, 0), (1, 1), (0.7, 1), (0.7, 0.5), (0.3, 0.5), (0.3, 1), (0, 1), (0, 0)])
    rings = numpy.stack([lon, lat], axis=1)[:, None, :] + corners[None, :, :] * size[:, None, None]
    shapes = shapely.to_wkb(shapely.polygons(rings))
    uses = numpy.array(["residential", "commercial", "industrial", "office", "school"])
    columns = {
        "name": numpy.array([f"{number % 500} 号楼" if number % 7 == 0 else None for number in range(count)], dtype=object),
        "use": uses[chance.integers(0, len(uses), count)].astype(object),
        "levels": chance.integers(1, 34, count),
        "height_m": numpy.round(chance.uniform(3, 100, count), 1),
        "year_built": chance.integers(1950, 2026, count),
    }
    pyogrio.raw.write(
        path, shapes, list(columns.values()), list(columns), layer="buildings", geometry_type="Polygon", crs="EPSG:4326", driver="FlatGeobuf"
    )


def measured(command, folder):
    """Runs to the end: seconds and peak MiB, by the kernel's own account of this child."""
    with open(folder / "words.txt", "w+") as words:
        started = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, stdout=words, stderr=words, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        if child.returncode not in (0, 3):
            words.seek(0)
            sys.exit(f"{command} exited with {child.returncode}: {words.read()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def bench_import(folder, file, for_ogr, for_urbis, options):
    peer, ours, ceiling, count = [], [], [], 0
    for _ in range(options.runs):
        peer.append(measured(["ogr2ogr", "-f", "GPKG", fresh(folder, "peer.gpkg"), ogr_source(file), *merge(file), *for_ogr], folder))
        city = fresh(folder, "city.gpkg")
        ours.append(measured([options.urbis, "import", file, "--layer", "buildings", "--kind", "building", "--city", city, *for_urbis], folder))
        counted = subprocess.run([options.urbis, "query", "buildings", "--format", "count", "--city", city], capture_output=True, text=True, check=True)
        count = int(counted.stdout)
    for _ in range(3):
        out = fresh(folder, "ceiling.fgb")
        ceiling.append(measured(["ogr2ogr", "-f", "FlatGeobuf", out, ogr_source(file), *merge(file), *for_ogr], folder))
    return {"features": count, "ogr2ogr": summary(peer), "urbis": summary(ours), "ceiling": summary(ceiling)}


def ogr_source(file):
    return f"/vsizip/{file}" if file.suffix == ".zip" else file


def merge(file):
    # Several shapefiles in one archive become one layer, as urbis does it.
    return ["-append"] if file.suffix == ".zip" else []


def fresh(folder, name):
    for suffix in ("", "-wal", "-shm"):
        (folder / (name + suffix)).unlink(missing_ok=True)
    return folder / name


def summary(runs):
    seconds = [seconds for seconds, _ in runs]
    return {"median_s": statistics.median(seconds), "least_s": min(seconds), "greatest_s": max(seconds), "peak_mib": max(mib for _, mib in runs)}


def import_row(name, figures):
    peer, ours = figures["ogr2ogr"], figures["urbis"]
    spread = lambda one: f"{one['median_s']:.2f} ({one['least_s']:.2f}–{one['greatest_s']:.2f})"
    return (
        f"| {name} | {figures['features']:,} | {spread(peer)} | {spread(ours)} | {ours['median_s'] / peer['median_s']:.2f} "
        f"| {peer['peak_mib']:.0f} | {ours['peak_mib']:.0f} | {spread(figures['ceiling'])} |"
    )


def bench_serving(folder, file, options):
    city = fresh(folder, "serving.gpkg")
    measured([options.urbis, "import", file, "--layer", "buildings", "--kind", "building", "--city", city], folder)
    empty = Server(options.urbis, folder / "empty.gpkg")
    empty.get("/health")
    base_kib = empty.resident_kib()
    empty.stop()

    tiles = tiles_of_the_city(14)
    random.Random(SEED).shuffle(tiles)
    starts = []
    for _ in range(options.runs):
        started = time.perf_counter()
        server = Server(options.urbis, city)
        status, body = server.get(f"/tiles/buildings/14/{tiles[0][0]}/{tiles[0][1]}")
        starts.append(time.perf_counter() - started)
        assert status == 200 and body, (status, "the first tile must have buildings in it")
        server.stop()

    server = Server(options.urbis, city)
    health = server.time(["/health"] * 1000)
    loaded_kib = server.resident_kib()
    cold = server.time([f"/tiles/buildings/14/{x}/{y}" for x, y in tiles[:200]])
    warm = server.time([f"/tiles/buildings/14/{x}/{y}" for x, y in tiles[:200]])
    windows, chance = [], random.Random(SEED)
    side = 10 * SIDE_DEG / options.buildings**0.5
    for _ in range(1000):
        west, south = WEST + chance.uniform(0, SIDE_DEG - side), SOUTH + chance.uniform(0, SIDE_DEG - side)
        windows.append(f"/collections/buildings/items?bbox={west},{south},{west + side},{south + side}&limit=1")
    hits = [json.loads(server.get(window)[1])["numberMatched"] for window in windows[:50]]
    window = server.time(windows)
    tiled_kib = server.resident_kib()
    server.stop()
    per_building = lambda kib: (kib - base_kib) * 1024 / options.buildings
    return {
        "buildings": options.buildings,
        "start_to_first_tile_s": sorted(starts),
        "resident_loaded_bytes_per_building": per_building(loaded_kib),
        "resident_tiled_bytes_per_building": per_building(tiled_kib),
        "health_ms": quantiles(health),
        "cold_z14_tile_ms": quantiles(cold),
        "again_z14_tile_ms": quantiles(warm),
        "window_ms": quantiles(window),
        "window_hits_median": statistics.median(hits),
    }


def tiles_of_the_city(zoom):
    from math import asinh, pi, radians, tan

    def at(lon, lat):
        return int((lon + 180) / 360 * 2**zoom), int((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**zoom)

    (west, south), (east, north) = at(WEST, SOUTH), at(WEST + SIDE_DEG, SOUTH + SIDE_DEG)
    return [(x, y) for x in range(west + 1, east) for y in range(north + 1, south)]


def quantiles(seconds):
    ms = sorted(second * 1000 for second in seconds)
    return {"median": statistics.median(ms), "p95": ms[int(len(ms) * 0.95)], "greatest": ms[-1]}


def serving_table(figures):
    rows = [
        ("start to first z14 tile", f"{statistics.median(figures['start_to_first_tile_s']):.2f} s", f"greatest {figures['start_to_first_tile_s'][-1]:.2f} s"),
        ("resident after start, per building", f"{figures['resident_loaded_bytes_per_building']:.0f} bytes", "less an empty server's"),
        ("resident after tiles and queries, per building", f"{figures['resident_tiled_bytes_per_building']:.0f} bytes", ""),
    ]
    for label, key in [("z14 tile, first time", "cold_z14_tile_ms"), ("z14 tile, again", "again_z14_tile_ms"),
                       (f"window of {figures['window_hits_median']:.0f} hits over HTTP", "window_ms"), ("ceiling: /health", "health_ms")]:
        rows.append((label, f"{figures[key]['median']:.3f} ms", f"p95 {figures[key]['p95']:.3f}, greatest {figures[key]['greatest']:.3f} ms"))
    return f"\n| serving {figures['buildings']:,} buildings | median | |\n|---|---|---|\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


class Server:
    """`urbis serve`, asked over one kept connection."""

    def __init__(self, urbis, city):
        self.child = subprocess.Popen([urbis, "serve", "--city", city, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = int(re.search(r":(\d+)", self.child.stdout.readline().split("//")[1])[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, path):
        self.connection.request("GET", path)
        response = self.connection.getresponse()
        return response.status, response.read()

    def time(self, paths):
        seconds = []
        for path in paths:
            started = time.perf_counter()
            status, _ = self.get(path)
            seconds.append(time.perf_counter() - started)
            assert status in (200, 204), (path, status)
        return seconds

    def resident_kib(self):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def stop(self):
        self.child.terminate()
        self.child.wait()


if __name__ == "__main__":
    main()
