"""Writes counts.json: features, vertices and geodesic area of real files by pyogrio, shapely and pyproj.

Run: python counts.py SHARED_DATA > counts.json
OSM files are read by GDAL's driver (pyogrio brings its own, newer GDAL) with its own configuration.
"""
import json
import sys
from pathlib import Path

import numpy
import pyogrio
import pyproj
import shapely

data = Path(sys.argv[1])
CASES = [
    ("buildings/liechtenstein.gpkg", None, None, None),
    ("buildings/eminence_buildings.geojson", None, None, None),
    ("buildings/eminence_parcels.geojson", None, None, None),
    ("buildings/nyc_lower_manhattan/buildings.shp", None, None, None),
    ("buildings/osm-buildings-3857-ch-sample.fgb", None, None, None),
    ("buildings/bubenec.gpkg", "buildings", None, None),
    ("buildings/bubenec.gpkg", "plots", None, None),
    ("buildings/bubenec.gpkg", "streets", None, None),
    ("buildings/tiled_footprints.zip", None, None, "EPSG:4326"),
    ("osm/liechtenstein.osm.pbf", "multipolygons", "building IS NOT NULL", None),
    ("osm/liechtenstein-2024.osm.pbf", "multipolygons", "building IS NOT NULL", None),
    ("osm/monaco.osm.pbf", "multipolygons", "building IS NOT NULL", None),
    ("osm/monaco-2023.osm.pbf", "multipolygons", "building IS NOT NULL", None),
    ("osm/helsinki.osm.pbf", "multipolygons", "building IS NOT NULL", None),
    ("osm/liechtenstein.osm.pbf", "lines", "highway IS NOT NULL", None),
    ("osm/helsinki.osm.pbf", "lines", "highway IS NOT NULL", None),
    ("osm/liechtenstein.osm.pbf", "points", "place IS NOT NULL AND name IS NOT NULL", None),
]
geod = pyproj.Geod(ellps="WGS84")


def frames(path, layer, where):
    if path.suffix != ".zip":
        return [pyogrio.raw.read(path, layer=layer, where=where)]
    names = [name for name, _ in pyogrio.list_layers(f"/vsizip/{path}")]
    return [pyogrio.raw.read(f"/vsizip/{path}", layer=name) for name in names]


cases = []
for name, layer, where, crs in CASES:
    geometries, source = [], crs
    for meta, _, wkb, _ in frames(data / name, layer, where):
        geometries.extend(shapely.from_wkb(wkb, on_invalid="ignore"))
        source = crs or meta["crs"]
    to_lonlat = pyproj.Transformer.from_crs(source, "EPSG:4326", always_xy=True, allow_ballpark=False)
    invalid, area, vertices = 0, 0.0, 0
    for geometry in geometries:
        if geometry is None:  # shapely can't even hold it
            invalid += 1
            continue
        lonlat = shapely.transform(geometry, lambda xy: numpy.column_stack(to_lonlat.transform(xy[:, 0], xy[:, 1])))
        vertices += shapely.get_num_coordinates(lonlat)
        if not lonlat.is_valid:
            invalid += 1
            continue
        if shapely.get_dimensions(lonlat) < 2:
            continue
        area += abs(geod.geometry_area_perimeter(shapely.orient_polygons(lonlat))[0])
    cases.append({"file": name, "layer": layer, "where": where, "crs": crs, "features": len(geometries), "vertices": int(vertices),
                  "invalid": invalid, "area_of_valid_m2": area})
versions = {"pyogrio": pyogrio.__version__, "gdal": pyogrio.__gdal_version_string__, "shapely": shapely.__version__,
            "geos": shapely.geos_version_string, "pyproj": pyproj.__version__}
json.dump({"versions": versions, "cases": cases}, sys.stdout, indent=1)
print()
