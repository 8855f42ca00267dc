"""The Hausdorff distance of tiles from their source at every zoom, by an independent decoder and GEOS. Standard input:
{"make", "of", "file"} writes a source to judge by, see `source`;
{"archive", "source", "definition", "tiles_per_zoom"} -> [{"zoom", "tiles", "tiles_that_drop", "shapes", "greatest_px", "p99_px"}, ...]

`source` has a column `key`, the id that its features were given; lines also `class`, and `definition` is the layer file, which says from which
zoom each class is in and below which lines are merged: there a line is compared with all of its class, else a shape with that of its id. A
tile that says that it dropped features is not asked. Shapes below a pixel are dust and not asked either."""

import json
import pathlib
import random
import sys
import tomllib

import mapbox_vector_tile
import numpy
import pyogrio
import shapely
import shapely.geometry

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import gates, outlines, source

job = json.load(sys.stdin)
if "make" in job:
    print(json.dumps(source.write(job["make"], job["of"], job["file"])))
    sys.exit()

definition = tomllib.loads(pathlib.Path(job["definition"]).read_text())
order = definition.get("order", {})
zoom_of = dict(order.get("classes", []))
merged_below_zoom = definition.get("merge", {}).get("below_zoom", 0)

columns = [name for name in ("key", "class") if name in list(pyogrio.read_info(job["source"])["fields"])]
_, _, wkb, fields = pyogrio.raw.read(job["source"], columns=columns)
fields = dict(zip(columns, fields))
keys = fields["key"].astype(int)
classes = fields.get("class", numpy.full(len(keys), "", dtype=object))
from_zoom = numpy.array([zoom_of.get(name, order.get("other_from_zoom", 0)) for name in classes])
shapes = shapely.transform(shapely.from_wkb(wkb), gates.mercator_from_lonlat)
tree = shapely.STRtree(shapes)
is_area = shapely.get_dimensions(shapes) == 2


def tile_distances(z, x, y, layers):
    extent = 4096
    to_units = lambda at: (at * 2.0**z - (x, y)) * extent
    box = shapely.box(x / 2**z, y / 2**z, (x + 1) / 2**z, (y + 1) / 2**z)
    near = numpy.sort(tree.query(shapely.buffer(box, 0.02 / 2**z, join_style="mitre"), predicate="intersects"))
    near = near[from_zoom[near] <= z]
    there = shapely.transform(shapes[near], to_units)
    pixel = extent / outlines.PIXELS
    corners = shapely.bounds(there)
    seen = numpy.where(
        is_area[near], shapely.area(there) >= pixel**2, numpy.maximum(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]) >= pixel
    )
    features = [feature for layer in layers.values() for feature in layer["features"]]
    drawn = numpy.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    if z >= merged_below_zoom:
        group, drawn_group = keys[near], numpy.array([feature["id"] for feature in features], dtype=int)
        # What is dust in the source is so in the tile.
        drawn_seen = ~numpy.isin(drawn_group, group[~seen])
    else:
        group, drawn_group = classes[near], numpy.array([feature["properties"].get("class", "") for feature in features], dtype=object)
        drawn_seen = numpy.full(len(drawn), True)
    return outlines.distances((there, group, seen), (drawn, drawn_group, drawn_seen), extent)

by_zoom, packed = gates.tiles_by_zoom(job["archive"])
chance, rows = random.Random(gates.SEED), []
for z, tiles in sorted(by_zoom.items()):
    places = sorted(tiles)
    found, dropping = [], 0
    for x, y in chance.sample(places, min(len(places), job["tiles_per_zoom"])):
        data = gates.unpack(tiles[x, y], packed)
        if gates.dropped(data):
            dropping += 1
            continue
        layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
        found.append(tile_distances(z, x, y, layers))
    found = numpy.concatenate(found) if found else numpy.array([])
    rows.append({
        "zoom": z, "tiles": len(places), "tiles_that_drop": dropping, "shapes": len(found),
        "greatest_px": float(found.max()) if len(found) else 0.0, "p99_px": float(numpy.quantile(found, 0.99)) if len(found) else 0.0,
    })
print(json.dumps(rows))
