"""The quality gates of tiles, judged by others' decoders and GEOS: standard input {"make", "count", "file"} writes a source to judge by;
{"archive", "source", "cells", "tiles_per_zoom"} -> which gates failed, and the figures."""

import argparse
import json
import pathlib
import sys

import pyogrio
import shapely

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from bench import cities, gates

job = json.load(sys.stdin)
if "make" in job:
    shapes, columns = getattr(cities, job["make"])(job["count"])
    pyogrio.raw.write(
        job["file"], shapes, list(columns.values()), list(columns), layer="buildings", geometry_type="Polygon", crs="EPSG:4326",
        driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"},
    )
    print(json.dumps({"made": len(shapes), "vertices": int(shapely.get_num_coordinates(shapely.from_wkb(shapes)).sum())}))
else:
    print(json.dumps(gates.evaluate(argparse.Namespace(**job))))
