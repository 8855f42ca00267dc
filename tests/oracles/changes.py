"""What shapely finds changed between two versions of a layer.

standard input: {"earlier": FILE of GeoJSON, "later": FILE, "height_m", "moved_m", "same_shape", "same_feature": the tolerances}
standard output: {"changed": {"earlier id>later id": {"classes", "overlap", "area_m2"}}, "unchanged", "close": [the same keys]}

A key with "" for an id is a feature that the other version does not have. Features are matched by source_id, then by id, then by overlap, the
best first. Overlap is worked out in metres in a plane at each pair; distances and areas are geodesic (pyproj).
"close" names what a difference of 1e-4 in a ratio or 1 mm in a distance would match otherwise or put into another class.
"""

import collections
import json
import sys

import pyproj
import shapely

job = json.load(sys.stdin)
geod = pyproj.Geod(ellps="WGS84")


def read(path):
    with open(path, encoding="utf-8") as file:
        features = json.load(file)["features"]
    return features, shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])


earlier, earlier_shapes = read(job["earlier"])
later, later_shapes = read(job["later"])


def on_the_ground(*shapes):
    lon, lat = shapely.get_coordinates(shapes[0])[0]
    east_m = geod.inv(lon, lat, lon + 0.001, lat)[2] / 0.001
    north_m = geod.inv(lon, lat, lon, lat + 0.001)[2] / 0.001
    return [shapely.transform(shape, lambda at: (at - [lon, lat]) * [east_m, north_m]) for shape in shapes]


def overlap(one, other):
    shared = one.intersection(other).area
    return shared / (one.area + other.area - shared)


pairs = []
free = [set(range(len(earlier))), set(range(len(later)))]


def pair(one, other):
    pairs.append((one, other))
    free[0].remove(one)
    free[1].remove(other)


for key_of in (lambda feature: feature["properties"].get("source_id"), lambda feature: feature["id"]):
    known = collections.defaultdict(collections.deque)
    for one in sorted(free[0]):
        if key_of(earlier[one]) is not None:
            known[key_of(earlier[one])].append(one)
    for other in sorted(free[1]):
        if known.get(key_of(later[other])):
            pair(known[key_of(later[other])].popleft(), other)

lone = sorted(free[0])
tree = shapely.STRtree(earlier_shapes[lone])
found, close = [], []
for other in sorted(free[1]):
    for nth in tree.query(later_shapes[other], predicate="intersects"):
        one = lone[nth]
        share = overlap(*on_the_ground(earlier_shapes[one], later_shapes[other]))
        if abs(share - job["same_feature"]) < 1e-4:
            ids = earlier[one]["id"], later[other]["id"]
            close += [f"{ids[0]}>{ids[1]}", f"{ids[0]}>", f">{ids[1]}"]
        if share >= job["same_feature"]:
            found.append((-share, one, other))
for _, one, other in sorted(found):
    if one in free[0] and other in free[1]:
        pair(one, other)


def area_m2(shape):
    return abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0])


changed, unchanged = {}, 0
for one, other in sorted(pairs):
    before, now = earlier[one]["properties"], later[other]["properties"]
    classes, share, tight = [], None, False
    heights = before.get("height_m"), now.get("height_m")
    if None not in heights:
        taller = heights[1] - heights[0]
        classes += ["taller"] if taller > job["height_m"] else ["lower"] if -taller > job["height_m"] else []
    shapes = earlier_shapes[one], later_shapes[other]
    if shapely.to_wkb(shapes[0]) != shapely.to_wkb(shapes[1]):
        middles = [shape.centroid for shape in shapes]
        moved_m = geod.inv(middles[0].x, middles[0].y, middles[1].x, middles[1].y)[2]
        laid = shapely.transform(shapes[0], lambda at: at + [middles[1].x - middles[0].x, middles[1].y - middles[0].y])
        ground = on_the_ground(*shapes, laid)
        share, same = overlap(ground[0], ground[1]), overlap(ground[2], ground[1])
        tight = abs(same - job["same_shape"]) < 1e-4 or abs(moved_m - job["moved_m"]) < 1e-3
        classes += ["reshaped"] if same < job["same_shape"] else ["moved"] if moved_m > job["moved_m"] else []
    shared = (before.keys() & now.keys()) - {"source_id", "height_m"}
    if any(before[name] != now[name] for name in shared) or (heights[0] is None) != (heights[1] is None):
        classes.append("attributes")
    key = f"{earlier[one]['id']}>{later[other]['id']}"
    close += [key] if tight else []
    unchanged += not classes
    if classes:
        changed[key] = {"classes": classes, "overlap": share, "area_m2": area_m2(shapes[1])}
for one in sorted(free[0]):
    changed[f"{earlier[one]['id']}>"] = {"classes": ["removed"], "overlap": None, "area_m2": None}
for other in sorted(free[1]):
    changed[f">{later[other]['id']}"] = {"classes": ["added"], "overlap": None, "area_m2": area_m2(later_shapes[other])}
print(json.dumps({"changed": changed, "unchanged": unchanged, "close": close}))
