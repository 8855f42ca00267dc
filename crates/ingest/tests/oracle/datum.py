"""Writes datum.json: where pyproj, with ballpark transformations disallowed, puts places given in national systems,
by the best operation that the machine has the grids for.

Run: python datum.py /usr/share/proj > datum.json
with pyproj 3.4.1 (PROJ 9.1) and Debian 12's proj-data, whose grids are used where they fit (BETA2007 for Germany).
"""
import json
import re
import sys

import pyproj
from pyproj import CRS, Transformer

pyproj.datadir.set_data_dir(sys.argv[1])

PLACES = {
    # Junctions of pandapipes' Schutterwald gas net, Gauss-Krueger zone 3 on DHDN.
    "EPSG:31467": [("Schutterwald", 3417460.0, 5369562.0), ("Schutterwald", 3418105.5, 5370210.25)],
    # Corners of the Zurich CityJSON subset, LV95.
    "EPSG:2056": [("Zurich", 2678219.194, 1243078.725), ("Zurich", 2687404.734, 1253037.77)],
    # Corners of the Delft CityJSON tile, RD New; and its compound system with NAP heights.
    "EPSG:28992": [("Delft", 84616.468, 447422.999), ("Delft", 85140.839, 447750.636)],
    "EPSG:7415": [("Delft", 84616.468, 447422.999)],
    "EPSG:4549": [("Haimen", 610000.0, 3530000.0), ("Haimen", 640000.5, 3540000.25)],
    "EPSG:4550": [("Haimen", 330000.0, 3530000.0)],
    "EPSG:3857": [("Prague", 1603000.0, 6464000.0)],
    "EPSG:32651": [("Haimen", 330000.0, 3530000.0)],
    "EPSG:27700": [("London", 530000.0, 180000.0)],
}

cases = []
for crs, places in PLACES.items():
    source = CRS(crs)
    flat = source.sub_crs_list[0] if source.is_compound else source
    target = "EPSG:4490" if "China 2000" in str(flat.datum or flat.geodetic_crs.datum) else "EPSG:4326"
    transformer = Transformer.from_crs(flat, target, always_xy=True, allow_ballpark=False)
    for place, x, y in places:
        lon, lat = transformer.transform(x, y)
        # The grid file that the operation reads, under PROJ's name and its agency's: a machine that has neither takes
        # another operation, which lands elsewhere.
        grids = re.findall(r"grids=(\S+)", transformer.get_last_used_operation().definition)
        grids += [grid.rsplit("_", 1)[-1].replace(".tif", ".gsb") for grid in grids]
        cases.append({"crs": crs, "place": place, "x": x, "y": y, "lon": lon, "lat": lat, "target": target, "grids": grids})
json.dump({"pyproj": pyproj.__version__, "proj": pyproj.proj_version_str, "cases": cases}, sys.stdout, indent=1)
print()
