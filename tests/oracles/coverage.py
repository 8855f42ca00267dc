"""Whether polygons that divide the land among them still do in tiles, by an independent decoder and GEOS. Standard input:
{"archive", "source", "most_tiles", "nudge"} -> [{"zoom", "tiles", "gap_px2", "overlap_px2", "seam_step_units"}, ...]

Up to `most_tiles` tiles side by side are put together for each zoom, each cut at its own box, so that seams are looked at too. A gap is what
lies more than a pixel inside the source's union and is not drawn; an overlap what is drawn twice. Where a border crosses a seam, the tiles
on its sides may differ by what rounding moves: `seam_step_units` is the greatest such step. `nudge` moves one polygon a tile by a unit
first, which must be seen."""

import json
import pathlib
import sys

import mapbox_vector_tile
import numpy
import pyogrio
import shapely
import shapely.geometry

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import gates, outlines

EXTENT = 4096

job = json.load(sys.stdin)
info = pyogrio.read_info(job["source"])
shapes = shapely.from_wkb(pyogrio.raw.read(job["source"], columns=[])[2])
if info["crs"] == "EPSG:3857":
    half = 20037508.342789244
    world = shapely.transform(shapes, lambda at: numpy.stack([at[:, 0] / half + 1, 1 - at[:, 1] / half], axis=1) / 2)
else:
    world = shapely.transform(shapes, gates.mercator_from_lonlat)
union = shapely.union_all(world)

by_zoom, packed = gates.tiles_by_zoom(job["archive"])


def block(tiles):
    """Tiles side by side around the middle one, at most `most_tiles`."""
    places = sorted(tiles)
    x, y = places[len(places) // 2]
    return sorted(places, key=lambda place: (max(abs(place[0] - x), abs(place[1] - y)), place))[: job["most_tiles"]]


def drawn(data, nudge):
    """Ids and polygons of a tile in its units."""
    layers = mapbox_vector_tile.decode(gates.unpack(data, packed), default_options={"y_coord_down": True})
    features = [feature for name, layer in layers.items() if not name.endswith("_label") for feature in layer["features"]]
    polygons = numpy.array([shapely.geometry.shape(feature["geometry"]) for feature in features], dtype=object)
    if nudge and len(polygons):
        polygons[0] = shapely.transform(polygons[0], lambda at: at + (1, 1))
    return [feature["id"] for feature in features], polygons


def crossings(ids, polygons, edge):
    """Where each polygon begins and ends along an edge of the tile."""
    found = {}
    for number, polygon in zip(ids, polygons):
        met = shapely.get_coordinates(shapely.intersection(polygon, edge))
        if len(met):
            found[number] = numpy.sort(met[:, 0] + met[:, 1])
    return found


rows = []
for z, tiles in sorted(by_zoom.items()):
    places = block(tiles)
    box, pieces, boxes, seen, step = shapely.box(0, 0, EXTENT, EXTENT), [], [], {}, 0.0
    for place in places:
        shift = (numpy.array(place) - places[0]) * EXTENT
        seen[place] = drawn(tiles[place], job["nudge"])
        pieces.append(shapely.transform(shapely.intersection(seen[place][1], box), lambda at: at + shift))
        boxes.append(shapely.transform(box, lambda at: at + shift))
    for x, y in places:
        for other, edge, same in (
            ((x + 1, y), shapely.linestrings([(EXTENT, 0), (EXTENT, EXTENT)]), shapely.linestrings([(0, 0), (0, EXTENT)])),
            ((x, y + 1), shapely.linestrings([(0, EXTENT), (EXTENT, EXTENT)]), shapely.linestrings([(0, 0), (EXTENT, 0)])),
        ):
            if other in seen:
                here, there = crossings(*seen[x, y], edge), crossings(*seen[other], same)
                for number in here.keys() & there.keys():
                    if len(here[number]) == len(there[number]):
                        step = max(step, float(numpy.abs(here[number] - EXTENT - there[number]).max()))
    pieces = numpy.concatenate(pieces)
    pixel = EXTENT / outlines.PIXELS
    there = shapely.transform(union, lambda at: (at * 2.0**z - places[0]) * EXTENT)
    land = shapely.intersection(shapely.buffer(there, -pixel), shapely.union_all(boxes))
    covered = shapely.union_all(pieces)
    rows.append({
        "zoom": z, "tiles": len(places), "pieces": len(pieces),
        "gap_px2": float(shapely.area(shapely.difference(land, covered))) / pixel**2,
        "overlap_px2": float(shapely.area(pieces).sum() - shapely.area(covered)) / pixel**2,
        "land_px2": float(shapely.area(land)) / pixel**2, "seam_step_units": step,
    })
print(json.dumps(rows))
