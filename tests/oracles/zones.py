"""What shapely and numpy find in the areas of a layer.

standard input: {"features": FILE of GeoJSON points, "areas": FILE of GeoJSON, "column"}
standard output: {"areas": [{"id", "count", "sum", "mean", "min", "q10", …}] by id, null where no point has a value; "outside": points in none}

A point on an edge lies in the area.
"""

import json
import sys

import numpy
import shapely

job = json.load(sys.stdin)


def read(path):
    with open(path, encoding="utf-8") as file:
        features = json.load(file)["features"]
    return features, shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])


points, places = read(job["features"])
areas, shapes = read(job["areas"])
numbers = numpy.array([point["properties"][job["column"]] for point in points], dtype=float)
inside_any = numpy.zeros(len(points), dtype=bool)
answers = []
for area, shape in zip(areas, shapes):
    shapely.prepare(shape)
    inside = shapely.intersects(shape, places)
    inside_any |= inside
    known = numbers[inside & ~numpy.isnan(numbers)]
    told = {name: None for name in ("sum", "mean", "min", "q10", "q25", "median", "q75", "q90", "max")}
    if len(known):
        shares = {"min": 0, "q10": 0.1, "q25": 0.25, "median": 0.5, "q75": 0.75, "q90": 0.9, "max": 1}
        told = {"sum": known.sum(), "mean": known.mean()} | {name: numpy.quantile(known, share) for name, share in shares.items()}
    answers.append({"id": area["id"], "count": int(inside.sum())} | {name: told[name] and float(told[name]) for name in told})
answers.sort(key=lambda answer: answer["id"])
print(json.dumps({"areas": answers, "outside": int((~inside_any).sum())}))
