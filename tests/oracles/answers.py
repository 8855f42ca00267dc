"""What shapely answers to window, circle and polygon questions.

standard input: {"features": FILE of GeoJSON, "questions": [{"wkt", "predicate": "intersects"|"within"}
                                                            | {"lon", "lat", "radius_m"} | {"lon", "lat", "k", "given": [id, ...]}]}
standard output: one answer a question. Predicates answer the sorted ids. A circle answers {"surely", "perhaps"}: ids nearer than the radius,
and ids so close to it (1 mm) that rounding may decide. The nearest answer {"best": the k least distances in metres, "given": those of the ids
given, in their order}.

Distances are geodesic (pyproj), to the nearest point of the geometry. That point is found by shapely in an azimuthal equidistant plane around
the position, where straight lines through the position are geodesics.
"""

import json
import sys

import numpy
import pyproj
import shapely

job = json.load(sys.stdin)
with open(job["features"], encoding="utf-8") as file:
    features = json.load(file)["features"]
ids = numpy.array([feature["id"] for feature in features])
shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
geod = pyproj.Geod(ellps="WGS84")


def distances_m(lon, lat):
    plane = pyproj.Transformer.from_crs("EPSG:4326", f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84 +units=m", always_xy=True)
    flat = shapely.transform(shapes, plane.transform, interleaved=False)
    foot = shapely.get_point(shapely.shortest_line(shapely.Point(0, 0), flat), 1)
    return numpy.hypot(shapely.get_x(foot), shapely.get_y(foot))


answers = []
for question in job["questions"]:
    if "wkt" in question:
        area = shapely.from_wkt(question["wkt"])
        shapely.prepare(area)
        hit = shapely.intersects(area, shapes) if question["predicate"] == "intersects" else shapely.covers(area, shapes)
        answers.append(sorted(ids[hit].tolist()))
    elif "radius_m" in question:
        away_m = distances_m(question["lon"], question["lat"])
        close = numpy.abs(away_m - question["radius_m"]) < 0.001
        answers.append({
            "surely": sorted(ids[(away_m <= question["radius_m"]) & ~close].tolist()),
            "perhaps": sorted(ids[close].tolist()),
        })
    else:
        away_m = distances_m(question["lon"], question["lat"])
        place = {id: position for position, id in enumerate(ids.tolist())}
        answers.append({
            "best": sorted(away_m.tolist())[: question["k"]],
            "given": [float(away_m[place[id]]) for id in question["given"]],
        })
print(json.dumps(answers))
