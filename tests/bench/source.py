"""Sources that tiles are judged by, as FlatGeobuf: made from seeds, or taken out of an OSM extract by GDAL."""

import numpy
import pyogrio
import shapely

from bench import cities

# The classes of a road layer by OSM's highway; others are shown last.
CLASSES = ["motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service", "footway"]


def write(make, of, file):
    """Writes a source with a column `key` from 1, in order; gives how many features it has. `make` is a city of `cities`, and `of` how many;
    or "osm_buildings", "osm_roads", "osm_municipalities", and `of` the extract; or "layer", and `of` a GeoPackage and its layer."""
    columns = {}
    if make == "osm_buildings":
        shapes = pyogrio.raw.read(of, layer="multipolygons", columns=[], where="building is not null")[2]
    elif make == "osm_municipalities":
        shapes = pyogrio.raw.read(of, layer="multipolygons", columns=[], where="boundary = 'administrative' and admin_level = '8'")[2]
    elif make == "osm_roads":
        _, _, shapes, (highway,) = pyogrio.raw.read(of, layer="lines", columns=["highway"], where="highway is not null")
        columns["class"] = numpy.array([name if name in CLASSES else "other" for name in highway], dtype=object)
    elif make == "layer":
        shapes = pyogrio.raw.read(of[0], layer=of[1], columns=[])[2]
    else:
        shapes, columns = getattr(cities, make)(of)
    columns = {"key": numpy.arange(1, len(shapes) + 1)} | columns
    crs = pyogrio.read_info(of[0], layer=of[1])["crs"] if make == "layer" else "EPSG:4326"
    kinds = {shapely.from_wkb(shape).geom_type for shape in shapes}
    pyogrio.raw.write(
        file, shapes, list(columns.values()), list(columns), layer="source", geometry_type=kinds.pop() if len(kinds) == 1 else "Unknown",
        crs=crs, driver="FlatGeobuf", layer_options={"SPATIAL_INDEX": "NO"},
    )
    return len(shapes)
