"""What pyogrio and shapely find in a source file: FILE [LAYER [WHERE]] -> {"count", "area_m2", "invalid", "bounds"}.

The area is geodesic (pyproj on WGS 84), of polygons as they are; a file without CRS is taken as longitude and latitude.
"""

import json
import sys

import numpy
import pyogrio
import pyproj
import shapely

path, layer, where = (sys.argv[1:] + [None, None])[:3]
meta, _, wkb, _ = pyogrio.raw.read(path, layer=layer, where=where, columns=[], force_2d=True)
# A ring of two points is no geometry for shapely; it still counts as a row.
shapes = shapely.from_wkb(wkb, on_invalid="ignore")
polygons = shapes[numpy.isin(shapely.get_type_id(shapes), [3, 6])]
if meta["crs"] and meta["crs"] != "EPSG:4326":
    turn = pyproj.Transformer.from_crs(meta["crs"], "EPSG:4326", always_xy=True, allow_ballpark=False)
    lonlat = shapely.transform(polygons, turn.transform, interleaved=False)
    shapes = shapely.transform(shapes[shapes != None], turn.transform, interleaved=False)  # noqa: E711
else:
    lonlat = polygons
geod = pyproj.Geod(ellps="WGS84")
area_m2 = sum(abs(geod.geometry_area_perimeter(shapely.orient_polygons(shape))[0]) for shape in lonlat)
print(json.dumps({
    "count": len(wkb),
    "area_m2": area_m2,
    "invalid": int((~shapely.is_valid(polygons)).sum()),
    "bounds": shapely.total_bounds(shapes).tolist(),
}))
