#!/usr/bin/env python3
"""Turns the Schutterwald gas net of the pandapipes package into two GeoJSON files in the net's own CRS.

    pip install pandapipes==0.16.0 --no-deps && python3 convert.py
    python3 convert.py path/to/gas_net_schutterwald_1bar.json

Only the standard library is used: the package's JSON is read as it is, pandapipes itself is not imported.
The coordinates look like DHDN / Gauss-Krueger zone 3 (EPSG:31467), x east, y north; the package does not say so.
"""

import importlib.util
import json
import pathlib
import sys

NET = "networks/network_files/gas_net_schutterwald_1bar.json"
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31467"}}
HERE = pathlib.Path(__file__).resolve().parent


def table(net, name):
    """One table of the net as a list of dicts, each with its row number as `index`."""
    frame = json.loads(net[name]["_object"]) if isinstance(net[name]["_object"], str) else net[name]["_object"]
    return [{"index": index, **dict(zip(frame["columns"], row))} for index, row in zip(frame["index"], frame["data"])]


def write(path, name, features):
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    head = json.dumps({"type": "FeatureCollection", "name": name, "crs": CRS})[:-1]
    path.write_text(f'{head}, "features": [\n{lines}\n]}}\n', encoding="utf-8")


def feature(geometry, coordinates, properties):
    return {"type": "Feature", "properties": properties, "geometry": {"type": geometry, "coordinates": coordinates}}


def main():
    if len(sys.argv) > 1:
        source = pathlib.Path(sys.argv[1])
    else:
        source = pathlib.Path(importlib.util.find_spec("pandapipes").origin).parent / NET
    net = json.loads(source.read_text(encoding="utf-8"))["_object"]
    places = {row["index"]: [row["x"], row["y"]] for row in table(net, "junction_geodata")}
    pressure = {row["index"]: row["pn_bar"] for row in table(net, "junction")}
    sinks = {row["junction"] for row in table(net, "sink")}
    sources = {row["junction"] for row in table(net, "ext_grid")}
    role = lambda index: "source" if index in sources else "sink" if index in sinks else "junction"
    junctions = [
        feature("Point", place, {"source_id": str(index), "role": role(index), "nominal_pressure_bar": pressure[index]})
        for index, place in sorted(places.items())
    ]
    pipes = []
    for row in table(net, "pipe"):
        properties = {
            "source_id": str(row["index"]),
            "pressure_class": "medium_b",  # 1 bar = 0.1 MPa
            "diameter_mm": round(row.get("diameter_m", row.get("inner_diameter_mm", 0) / 1000) * 1000, 1),
            "material": row.get("stanet_std_type"),
            "from_node": row["from_junction"],
            "to_node": row["to_junction"],
            "length_m": round(row["length_km"] * 1000, 3),
        }
        pipes.append(feature("LineString", [places[row["from_junction"]], places[row["to_junction"]]], properties))
    write(HERE / "pipes.geojson", "pipes", pipes)
    write(HERE / "junctions.geojson", "junctions", junctions)
    print(f"{len(pipes)} pipes, {len(junctions)} junctions, {len(sinks)} sinks, {len(sources)} source(s)")


if __name__ == "__main__":
    main()
