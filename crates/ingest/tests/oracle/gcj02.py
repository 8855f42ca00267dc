"""Writes gcj02.json: GCJ-02 and BD-09 images of WGS 84 positions by the coord-convert package (PyPI, 0.2.1).

Run: python gcj02.py > gcj02.json
"""
import importlib.metadata
import json
import random

from coord_convert import transform

random.seed(20261123)
cases = []
for _ in range(200):
    lon, lat = random.uniform(74, 134), random.uniform(19, 53)
    gcj = transform.wgs2gcj(lon, lat)
    bd = transform.gcj2bd(*gcj)
    cases.append([[lon, lat], list(gcj), list(bd)])
json.dump({"coord-convert": importlib.metadata.version("coord-convert"), "cases": cases}, __import__("sys").stdout)
print()
