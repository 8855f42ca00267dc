"""Whether a tile archive may be called correct: the quality gates, evaluated by PMTiles', Mapbox's and GEOS' own code. A program of its own.

    python -m bench.gates ARCHIVE.pmtiles SOURCE.fgb [--cells] [--tiles-per-zoom N]   prints one JSON object

Per zoom up to N seeded tiles are decoded and compared with the source, in tile units of that zoom; 1 px is 1/512 of a tile.
Measures do not go by ids, so that merged features are judged by where they are:

- invalid: polygons that GEOS refuses on the integer grid;
A tile that says how many features it dropped for its size is not asked for what it lacks (error from the source, area, lost).

- error_px: greatest Hausdorff distance of the outlines of polygons of a pixel or more from all outlines of the other side, see `outlines`;
- area: drawn area over source area, in the tile boxes;
- lost: source polygons over 4 px wide of which less than half is drawn;
- gap, overlap (with --cells, a source without gaps): of the tile box, in square pixels;
- ids: features without an id, and keys that have different ids at different zooms;
- clip (deepest zoom): keys that a brute-force clip finds and the tile lacks, and the reverse.
"""

import argparse
import gzip
import json
import multiprocessing
import random
import zlib

import mapbox_vector_tile
import numpy
import pmtiles.reader
import pmtiles.tile
import pyogrio
import shapely
import shapely.geometry

from bench import outlines

SEED = 320614
LIMIT_BYTES = 500_000
CLIP_UNITS = 1.75  # half a diagonal of the grid, and a vertex left out because it is within one unit of its edge


def main():
    options = argparse.ArgumentParser()
    options.add_argument("archive")
    options.add_argument("source")
    options.add_argument("--cells", action="store_true")
    options.add_argument("--tiles-per-zoom", type=int, default=12)
    options = options.parse_args()
    print(json.dumps(evaluate(options)))


def evaluate(options):
    by_zoom, packed = tiles_by_zoom(options.archive)
    greatest = max((len(data) for tiles in by_zoom.values() for data in tiles.values()), default=0)
    source = Source(options.source)
    chance, zooms, ids = random.Random(SEED), {}, {}
    deepest = max(by_zoom)

    def figures(tile):
        z, x, y = tile
        return tile_figures(source, z, x, y, unpack(by_zoom[z][x, y], packed), options.cells, z == deepest)

    chosen = {z: chance.sample(sorted(tiles), min(len(tiles), options.tiles_per_zoom)) for z, tiles in sorted(by_zoom.items())}
    found = on_all_cores(figures, [(z, x, y) for z, places in chosen.items() for x, y in places])
    for z, places in chosen.items():
        of_zoom, found = found[: len(places)], found[len(places) :]
        for one in of_zoom:
            # A feature whose neighbours joined it goes by its own id; only a key told twice with different ids is a change.
            for key, number in one.pop("ids"):
                ids.setdefault(key, set()).add(number)
        zooms[z] = together(of_zoom) | {"tiles": len(by_zoom[z]), "looked_at": len(places)}
    all_zooms = list(zooms.values())
    drawn = [zoom for zoom in all_zooms if zoom["source_px2"] > 0]
    answer = {
        "tiles": sum(zoom["tiles"] for zoom in all_zooms),
        "zooms": [min(zooms), max(zooms)],
        "greatest_tile_bytes": greatest,
        "invalid": sum(zoom["invalid"] for zoom in all_zooms),
        "not_version_2": sum(zoom["not_version_2"] for zoom in all_zooms),
        "error_px": max(zoom["error_px"] for zoom in all_zooms),
        "error_deepest_units": zooms[deepest]["error_units"],
        "area_kept_least": min((zoom["area_kept"] for zoom in drawn if zoom["source_px2"] > 400), default=None),
        "area_kept_greatest": max((zoom["area_kept"] for zoom in drawn if zoom["source_px2"] > 400), default=None),
        "lost": sum(zoom["lost"] for zoom in all_zooms),
        "without_id": sum(zoom["without_id"] for zoom in all_zooms),
        "ids_that_change": sum(len(known) > 1 for known in ids.values()),
        "clip_missing": zooms[deepest]["clip_missing"],
        "clip_extra": zooms[deepest]["clip_extra"],
        "gap_px2": max(zoom["gap_px2"] for zoom in all_zooms) if options.cells else None,
        "overlap_px2": max(zoom["overlap_px2"] for zoom in all_zooms) if options.cells else None,
        "per_zoom": zooms,
    }
    gates = {
        "1 valid": answer["invalid"] == 0 and answer["not_version_2"] == 0,
        "4 error": answer["error_px"] <= 1,
        # Where the whole source is a few pixels, 1 % is less than the grid can show.
        "4 area": bool(drawn) and all(abs(zoom["drawn_px2"] - zoom["source_px2"]) <= 0.01 * zoom["source_px2"] + 4 for zoom in drawn),
        "4 lost": answer["lost"] == 0,
        "5 size": greatest <= LIMIT_BYTES,
        "6 ids": answer["without_id"] == 0 and answer["ids_that_change"] == 0,
        "7 clip": answer["clip_missing"] == 0 and answer["clip_extra"] == 0 and answer["error_deepest_units"] <= CLIP_UNITS,
    }
    if options.cells:
        gates = {"1 valid": gates["1 valid"], "3 borders": answer["gap_px2"] == 0 and answer["overlap_px2"] == 0}
    return answer | {"gates": gates, "failed": [name for name, held in gates.items() if not held]}


def on_all_cores(act, items):
    """`act` of each item, in their order, in children that share what this process has read."""
    global of_child
    of_child = act
    with multiprocessing.get_context("fork").Pool() as pool:
        return pool.map(in_child, items, chunksize=1)


def in_child(item):
    return of_child(item)


def tiles_by_zoom(path):
    """{zoom: {(x, y): bytes}} of an archive, and how they are packed."""
    with open(path, "rb") as file:
        get_bytes = pmtiles.reader.MmapSource(file)
        packed = pmtiles.reader.Reader(get_bytes).header()["tile_compression"]
        by_zoom = {}
        for (z, x, y), data in pmtiles.reader.all_tiles(get_bytes):
            by_zoom.setdefault(z, {})[x, y] = data
    return by_zoom, packed


def unpack(data, packed):
    if packed == pmtiles.tile.Compression.GZIP or data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    return zlib.decompress(data) if packed == pmtiles.tile.Compression.UNKNOWN and data[:1] == b"\x78" else data


class Source:
    """The source in Web Mercator, the world from 0 to 1, with a tree over it."""

    def __init__(self, path):
        _, _, shapes, fields = pyogrio.raw.read(path, columns=["key"])
        self.keys = fields[0]
        self.shapes = shapely.transform(shapely.from_wkb(shapes), mercator_from_lonlat)
        self.tree = shapely.STRtree(self.shapes)
        corners = shapely.bounds(self.shapes)
        self.size = numpy.maximum(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
        self.area = shapely.area(self.shapes)


def mercator_from_lonlat(lonlat):
    latitude = numpy.radians(lonlat[:, 1])
    return numpy.stack([(lonlat[:, 0] + 180) / 360, (1 - numpy.arcsinh(numpy.tan(latitude)) / numpy.pi) / 2], axis=1)


def tile_figures(source, z, x, y, data, cells, deepest):
    layers = mapbox_vector_tile.decode(data, default_options={"y_coord_down": True})
    drawn, keys, numbers, extent, old = [], [], [], 4096, 0
    for layer in layers.values():
        extent = layer["extent"]
        old += layer["version"] != 2
        for feature in layer["features"]:
            drawn.append(shapely.geometry.shape(feature["geometry"]))
            numbers.append(feature.get("id") or 0)
            keys.append(int(feature["properties"].get("key", numbers[-1])))
    drawn, keys = numpy.array(drawn, dtype=object), numpy.array(keys, dtype=numpy.int64)
    valid = shapely.is_valid(drawn)
    sound = numpy.where(valid, drawn, shapely.make_valid(drawn))

    unit = 1 / 2**z / extent
    pixel = extent / outlines.PIXELS
    box = shapely.box(0, 0, extent, extent)
    world = shapely.box(x / 2**z, y / 2**z, (x + 1) / 2**z, (y + 1) / 2**z)
    near = numpy.sort(source.tree.query(world, predicate="intersects"))
    there = shapely.transform(source.shapes[near], lambda at: (at - (x / 2**z, y / 2**z)) / unit)
    inside = shapely.intersection(there, box)
    figures = {
        "ids": list(zip(keys.tolist(), numbers)),
        "invalid": int((~valid).sum()),
        "not_version_2": old,
        "without_id": sum(number == 0 for number in numbers),
        "source_px2": float(shapely.area(inside).sum()) / pixel**2,
        "drawn_px2": float(shapely.area(shapely.intersection(sound, box)).sum()) / pixel**2,
        "error_units": 0.0,
        "pixel": pixel,
        "tiles_that_drop": 0,
        "lost": 0,
        "clip_missing": 0,
        "clip_extra": 0,
        "gap_px2": 0.0,
        "overlap_px2": 0.0,
    }
    if dropped(data):
        return figures | {"source_px2": 0.0, "drawn_px2": 0.0, "tiles_that_drop": 1}
    tree = shapely.STRtree(sound)
    # 1. Outlines are where those of the source are; polygons below a pixel are dust. What is drawn reaches past the box, so must the source.
    if not cells:
        reach = shapely.transform(shapely.box(-128, -128, extent + 128, extent + 128), lambda at: at * unit + (x / 2**z, y / 2**z))
        around = source.tree.query(reach, predicate="intersects")
        of_source = shapely.transform(source.shapes[around], lambda at: (at - (x / 2**z, y / 2**z)) / unit)
        sides = ((of_source, shapely.area(of_source) >= pixel**2), (drawn, shapely.area(drawn) > 2 * pixel**2))
        found = outlines.distances(*((shapes, numpy.zeros(len(shapes)), asked) for shapes, asked in sides), extent, 1.0 if deepest else 4.0)
        figures["error_units"] = float(found.max(initial=0.0)) * pixel
    # 2. What is over 4 px wide must be drawn for its greater part.
    wide = (source.size[near] / unit > 4 * pixel) & (shapely.area(inside) > pixel**2)
    drawn_of = numpy.zeros(len(inside))
    one, other = tree.query(inside, predicate="intersects")
    numpy.add.at(drawn_of, one, shapely.area(shapely.intersection(inside[one], sound[other])))
    figures["lost"] = int((wide & (drawn_of < 0.5 * shapely.area(inside))).sum())
    # 3. The deepest zoom has exactly the features that a clip by brute force has; those that only graze an edge may go either way.
    if deepest:
        must, may = set(source.keys[near][shapely.area(inside) > 4].tolist()), shapely.box(-1, -1, extent + 1, extent + 1)
        has = set(keys[shapely.intersects(sound, box)].tolist())
        can = set(source.keys[near][shapely.intersects(there, may)].tolist())
        # A brute-force neighbourhood of one unit beyond the box, which `near` does not reach.
        reach = source.tree.query(shapely.transform(may, lambda at: at * unit + (x / 2**z, y / 2**z)), predicate="intersects")
        can |= set(source.keys[reach].tolist())
        figures["clip_missing"], figures["clip_extra"] = len(must - has), len(has - can)
    # 4. A cover covers: where the source fills the box, so must the tile, once.
    if cells and abs(shapely.area(inside).sum() - extent**2) < 1:
        parts = shapely.intersection(sound, box)
        union = shapely.area(shapely.union_all(parts))
        figures["gap_px2"] = float(extent**2 - union) / pixel**2
        figures["overlap_px2"] = float(shapely.area(parts).sum() - union) / pixel**2
        for key in ("gap_px2", "overlap_px2"):
            figures[key] = 0.0 if figures[key] < 1e-6 else figures[key]
    return figures


def dropped(tile):
    """How many features the layers of a tile say that they left out: field 1001 of Layer, an extension that decoders pass over."""
    total = 0
    for number, layer in fields(tile):
        if number == 3:
            total += sum(value for number, value in fields(layer) if number == 1001)
    return total


def fields(message):
    """The fields of a protobuf message with their numbers: integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte, at = message[at], at + 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        head = varint()
        if head & 7 == 0:
            yield head >> 3, varint()
        else:
            length = {1: 8, 5: 4}.get(head & 7) or varint()
            yield head >> 3, message[at : at + length]
            at += length


def together(found):
    total = {key: sum(one[key] for one in found) for key in found[0]}
    total["error_units"] = max(one["error_units"] for one in found)
    total["error_px"] = max(one["error_units"] / one["pixel"] for one in found)
    total["gap_px2"], total["overlap_px2"] = (max(one[key] for one in found) for key in ("gap_px2", "overlap_px2"))
    total["area_kept"] = total["drawn_px2"] / total["source_px2"] if total["source_px2"] else None
    return total


if __name__ == "__main__":
    main()
