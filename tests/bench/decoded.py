"""Which features tiles hold, by Mapbox's decoder: python -m bench.decoded FOLDER..., each with the same file names -> one JSON object.

A feature that lies in the tile's box less four units for anyone must be in the tile of everyone; what only grazes an edge may go either way.
"""

import json
import pathlib
import sys

import mapbox_vector_tile
import shapely
import shapely.geometry

EDGE = 4


def main():
    folders = [pathlib.Path(name) for name in sys.argv[1:]]
    held = {folder.name: {file.name: features(file) for file in folder.iterdir()} for folder in folders}
    missing = {name: 0 for name in held}
    counts = {name: sum(len(core) for _, core in tiles.values()) for name, tiles in held.items()}
    for file in {file for tiles in held.values() for file in tiles}:
        must = set().union(*(tiles[file][1] for tiles in held.values() if file in tiles))
        for name, tiles in held.items():
            missing[name] += len(must - tiles[file][0]) if file in tiles else 0
    sizes = {folder.name: sorted(file.stat().st_size for file in folder.iterdir()) for folder in folders}
    print(json.dumps({name: {"features": counts[name], "missing": missing[name], "median_bytes": sizes[name][len(sizes[name]) // 2]} for name in held}))


def features(file):
    """Keys in the tile, and keys of those well inside its box."""
    keys, core = set(), set()
    data = file.read_bytes()
    for layer in (mapbox_vector_tile.decode(data, default_options={"y_coord_down": True}) if data else {}).values():
        inside = shapely.box(EDGE, EDGE, layer["extent"] - EDGE, layer["extent"] - EDGE)
        for feature in layer["features"]:
            key = int(feature["properties"].get("key", feature.get("id", 0)))
            keys.add(key)
            shape = shapely.geometry.shape(feature["geometry"])
            # An invalid ring still lies where its box is.
            if (shape if shape.is_valid else shapely.box(*shape.bounds)).intersects(inside):
                core.add(key)
    return keys, core


if __name__ == "__main__":
    main()
