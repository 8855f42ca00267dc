"""What mapbox-vector-tile and shapely make of tiles: standard input [FILE, ...] -> for each {layer: {"count", "ids", "properties", "invalid"}}."""

import json
import sys

import mapbox_vector_tile
import shapely
import shapely.geometry

answers = []
for name in json.load(sys.stdin):
    with open(name, "rb") as file:
        tile = mapbox_vector_tile.decode(file.read(), default_options={"y_coord_down": True})
    answer = {}
    for layer, content in tile.items():
        invalid = []
        for feature in content["features"]:
            shape = shapely.geometry.shape(feature["geometry"])
            if shape.is_empty or not shape.is_valid:
                invalid.append({"id": feature.get("id"), "why": shapely.is_valid_reason(shape)})
        answer[layer] = {
            "count": len(content["features"]),
            "ids": [feature.get("id") for feature in content["features"]],
            "properties": [feature["properties"] for feature in content["features"]],
            "extent": content["extent"],
            "invalid": invalid,
        }
    answers.append(answer)
print(json.dumps(answers))
