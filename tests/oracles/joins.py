"""What shapely finds of two layers: pairs that meet, lie in one another, are near, and the pieces of one under the other.

standard input: {"layer": FILE of GeoJSON, "other": FILE, "questions": [{"relation": "intersects"|"within"} | {"distance_m"} | {"k"}
                 | {"operation": "intersection"|"difference"|"union", "pieces": FILE, "id": the column of a union's ids}]}
standard output: one answer a question. A relation answers [[id, other id], …], sorted. A distance answers {"id>other id": metres} of all pairs up to
a metre farther. The nearest answer {"id": the k least distances}; the layer is of points then. An operation answers {"pieces": {"id>other id":
{"area_m2", "length_m", "differs_m2", "differs_m"}}, "missing": {…}, "unexpected": {…}}: how far each piece given differs from shapely's, and
the size of those that only one of them has. An id that a piece has not is "".

Sides are straight in longitude and latitude. Distances are geodesic (pyproj), between the nearest points of shapes whose sides are cut every
0.0001 degrees and laid in an azimuthal equidistant plane, first around a near point, then around the nearest one itself. Areas and lengths are
geodesic too.
"""

import json
import sys

import numpy
import pyproj
import shapely

job = json.load(sys.stdin)
geod = pyproj.Geod(ellps="WGS84")


def read(path):
    with open(path, encoding="utf-8") as file:
        features = json.load(file)["features"]
    return features, shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])


layer, shapes = read(job["layer"])
other, other_shapes = read(job["other"])
ids = [feature["id"] for feature in layer]
other_ids = [feature["id"] for feature in other]
tree = shapely.STRtree(other_shapes)


def distance_m(one, another):
    if one.intersects(another):
        return 0.0
    one, another = shapely.segmentize([one, another], 0.0001)
    lon, lat = shapely.get_coordinates(shapely.shortest_line(one, another))[0]

    def laid(lonlat):
        middle = numpy.full(len(lonlat), lon), numpy.full(len(lonlat), lat)
        azimuth, _, away_m = geod.inv(*middle, lonlat[:, 0], lonlat[:, 1])
        return numpy.column_stack([away_m * numpy.sin(numpy.radians(azimuth)), away_m * numpy.cos(numpy.radians(azimuth))])

    for _ in range(2):
        ends = shapely.get_coordinates(shapely.shortest_line(shapely.transform(one, laid), shapely.transform(another, laid)))
        places = [geod.fwd(lon, lat, numpy.degrees(numpy.arctan2(x, y)), numpy.hypot(x, y))[:2] for x, y in ends]
        lon, lat = places[0]
    return geod.inv(*places[0], *places[1])[2]


def area_m2(shape):
    return abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) if shape.area else 0.0


def length_m(shape):
    return geod.geometry_length(shape) if shapely.get_dimensions(shape) == 1 else 0.0


def pairs(predicate):
    found = tree.query(shapes, predicate=predicate).T.tolist()
    return sorted([ids[one], other_ids[near]] for one, near in found)


def near(limit_m):
    answer = {}
    for one, shape in zip(ids, shapes):
        south, north = shape.bounds[1], shape.bounds[3]
        up = limit_m / 110_000
        sideways = up / max(numpy.cos(numpy.radians(max(abs(south), abs(north)) + up)), 0.01)
        box = shapely.box(shape.bounds[0] - sideways, south - up, shape.bounds[2] + sideways, north + up)
        for place in tree.query(box):
            # A degree is 50 km or more in the places asked of.
            if shapely.distance(shape, other_shapes[place]) * 50_000 > limit_m:
                continue
            away_m = distance_m(shape, other_shapes[place])
            if away_m <= limit_m:
                answer[f"{one}>{other_ids[place]}"] = away_m
    return answer


def nearest_m(shape, k):
    """The k least distances, worked out of the 4 k that are least where degrees are as long as at the shape."""
    lat = shape.bounds[1]
    squeezed = shapely.distance(*(shapely.transform(shapes, lambda at: at * [numpy.cos(numpy.radians(lat)), 1]) for shapes in (shape, other_shapes)))
    return sorted(distance_m(shape, other_shapes[place]) for place in numpy.argsort(squeezed)[: 4 * k])[:k]


def dimension_of(shape, dimension):
    """The parts of the layer's own dimension: where shapes only touch there is no piece."""
    parts = [part for part in shapely.get_parts(shapely.get_parts(shape)) if not part.is_empty and shapely.get_dimensions(part) == dimension]
    return shapely.MultiLineString(parts) if dimension == 1 else shapely.union_all(parts)


def expected_pieces(operation):
    pieces = {}
    area = {place for place, shape in enumerate(other_shapes) if shapely.get_dimensions(shape) == 2}

    def left(one_shapes, one, cutters):
        rest = one_shapes[one] - shapely.union_all(cutters) if len(cutters) else one_shapes[one]
        return dimension_of(rest, shapely.get_dimensions(one_shapes[one]))

    if operation != "difference":
        for one, place in tree.query(shapes, predicate="intersects").T.tolist():
            if place in area:
                shared = dimension_of(shapes[one] & other_shapes[place], shapely.get_dimensions(shapes[one]))
                pieces[f"{ids[one]}>{other_ids[place]}"] = shared
    if operation != "intersection":
        for one in range(len(ids)):
            cutters = [other_shapes[place] for place in tree.query(shapes[one], predicate="intersects") if place in area]
            pieces[f"{ids[one]}>"] = left(shapes, one, cutters)
    if operation == "union":
        own_tree = shapely.STRtree(shapes)
        for place in sorted(area):
            cutters = [shapes[one] for one in own_tree.query(other_shapes[place], predicate="intersects")]
            pieces[f">{other_ids[place]}"] = left(other_shapes, place, cutters)
    return {key: shape for key, shape in pieces.items() if not shape.is_empty}


def size(shape):
    return {"area_m2": area_m2(shape), "length_m": length_m(shape), "points": len(shapely.get_parts(shape)) if shapely.get_dimensions(shape) == 0 else 0}


def overlaid(operation, path, id_column):
    expected = expected_pieces(operation)
    found = {}
    for feature, shape in zip(*read(path)):
        facts = feature["properties"]
        id = facts[id_column] if operation == "union" else feature["id"]
        key = ["" if name is None else str(name) for name in (id, facts.get("other_id") if operation != "difference" else None)]
        assert ">".join(key) not in found, f"{key} comes twice"
        found[">".join(key)] = shape
    answer = {"pieces": {}, "missing": {}, "unexpected": {}}
    for key in sorted(expected.keys() | found.keys()):
        if key not in found:
            answer["missing"][key] = size(expected[key])
        elif key not in expected:
            answer["unexpected"][key] = size(found[key])
        else:
            one, another = expected[key], found[key]
            assert another.is_valid, f"{key} is not valid: {shapely.is_valid_reason(another)}"
            # Lines that are nowhere farther apart than a tenth of a millimetre are the same.
            beside = [shape.difference(of.buffer(1e-9)) for shape, of in ((one, another), (another, one))]
            off = one.symmetric_difference(another) if one.area else shapely.union_all(beside)
            answer["pieces"][key] = size(one) | {"differs_m2": area_m2(off) if off.area else 0.0, "differs_m": length_m(dimension_of(off, 1)) if not one.area else 0.0}
    return answer


answers = []
for question in job["questions"]:
    if "relation" in question:
        answers.append(pairs(question["relation"]))
    elif "distance_m" in question:
        answers.append(near(question["distance_m"] + 1))
    elif "k" in question:
        answers.append({one: nearest_m(shape, question["k"]) for one, shape in zip(ids, shapes)})
    else:
        answers.append(overlaid(question["operation"], question["pieces"], question["id"]))
print(json.dumps(answers))
