"""The planner's page on one large city, in a real Chromium that draws in software on the same two cores.

Beside it the same page, screen and moves over a city of two buildings in the corners of the same extent: what the page and the software renderer take
for themselves. What a city of a million adds is what stands between the two.
"""

import json
import os
import pathlib
import shutil
import statistics

from . import cities, server
from .report import Table
from .timing import Failed

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZOOMS = (12, 17)  # the first with buildings, one with a street
STEPS = {
    "open": "open, until all in view is drawn",
    "zoom": f"zoom in by one, z{ZOOMS[0]} to z{ZOOMS[1]}",
    "pan": f"pan by half a screen at z{ZOOMS[1]}",
    "card": "click a building, until its card shows",
    "outline": "outline drawn, until its count shows",
}


def ask(bench):
    count = bench.sizes.serving
    side = cities.side_deg(count)
    table = Table(
        f"The page over {count:,} buildings, 1600 × 900, software WebGL",
        [("what", ""), ("large", "ms, median (least–greatest)"), ("bare", "the same over two buildings, ms"), ("tiles", "a tile, as the browser waits for it, ms"), ("buildings", "buildings counted")],
    )
    chromium = os.environ.get("URBIS_CHROMIUM") or shutil.which("chromium")
    if not chromium or not bench.peers.node:
        table.notes.append("no chromium here: apt-get install chromium")
        return table
    large, bare = bench.fresh("large.gpkg"), bench.fresh("bare.gpkg")
    bench.run([bench.urbis, "import", bench.source("buildings", count).folder / "buildings.fgb", "--layer", "buildings", "--kind", "building", "--city", large])
    corners = bench.removed(bench.folder / "corners.geojson")
    corners.write_text(json.dumps({"type": "FeatureCollection", "features": [square(at, cities.SOUTH + at - cities.WEST) for at in (cities.WEST, cities.WEST + side)]}))
    bench.run([bench.urbis, "import", corners, "--layer", "buildings", "--kind", "building", "--city", bare])
    seen = {"large": [], "bare": []}
    for _ in range(bench.runs):
        for name, city in (("large", large), ("bare", bare)):
            seen[name].append(visit(bench, chromium, city, (cities.WEST + side * 0.3, cities.SOUTH + side * 0.4)))
            if name == "large":
                for picture in ("open", "street"):
                    shutil.copy(bench.folder / f"page-{picture}.png", pictures(ROOT) / f"bench-page-{picture}.png")
    for outline in [one for visited in seen["large"] for one in visited["outline"]]:
        counted = count_within(bench, large, outline["ring"])
        if counted != outline["count"]:
            raise Failed(f"the page counts {outline['count']} buildings, shapely {counted}")
    for step, what in STEPS.items():
        asked = {name: [one for visited in visits for one in visited[step]] for name, visits in seen.items()}
        bare_ms = [one["ms"] for one in asked["bare"]]
        table.rows.append(
            {"what": what, "large": spread([one["ms"] for one in asked["large"]]), "bare": spread(bare_ms),
             "tiles": spread([ms for one in asked["large"] for ms in one.get("tiles_ms", [])]),
             "buildings": next((one["count"] for one in asked["large"] if "count" in one), None)}
        )
    return table


def visit(bench, chromium, city, middle):
    """The steps of one visit to a server that was just started."""
    with server.urbis(bench, city) as running:
        command = [bench.peers.node, ROOT / "tests/bench/page.mjs", f"http://127.0.0.1:{running.port}/", bench.folder, *ZOOMS, *middle]
        seen = json.loads(bench.run(command, env={"URBIS_CHROMIUM": chromium}).words)
    if seen["errors"]:
        raise Failed(f"the page said: {seen['errors'][:3]}")
    return seen["steps"]


def count_within(bench, city, ring):
    """How many buildings of the city meet an outline, by shapely."""
    code = """import sys, json, pyogrio, shapely
ring = json.loads(sys.argv[2])
_, _, shapes, _ = pyogrio.raw.read(sys.argv[1], layer="buildings", columns=[], bbox=shapely.Polygon(ring).bounds)
area = shapely.Polygon(ring)
shapely.prepare(area)
print(int(shapely.intersects(area, shapely.from_wkb(shapes)).sum()))"""
    return int(bench.run([bench.peers.python, "-c", code, city, json.dumps(ring)]).words.split()[-1])


def pictures(root):
    folder = root / "tests/artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def spread(ms):
    """Median, least and greatest, as text: there are too few for quantiles."""
    return f"{statistics.median(ms):,.0f} ({min(ms):,.0f}–{max(ms):,.0f})" if ms else None


def square(lon, lat):
    ring = [[lon, lat], [lon + 1e-4, lat], [lon + 1e-4, lat + 1e-4], [lon, lat + 1e-4], [lon, lat]]
    return {"type": "Feature", "properties": {"height_m": 9}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
