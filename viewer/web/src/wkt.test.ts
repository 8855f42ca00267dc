import { expect, it } from "vitest";
import type { Geometry } from "geojson";
import { bounds } from "./bounds";
import { wkt } from "./wkt";

const SQUARE = [[0, 0], [1, 0], [1, 1], [0, 0]];

it.each<[Geometry, string, number[]]>([
  [{ type: "Point", coordinates: [121.16670001, 31.9, 4.5] }, "POINT (121.1667 31.9)", [121.16670001, 31.9, 121.16670001, 31.9]],
  [{ type: "MultiPoint", coordinates: [[1, 2], [3, 4]] }, "MULTIPOINT ((1 2), (3 4))", [1, 2, 3, 4]],
  [{ type: "LineString", coordinates: [[1, 2], [3, -4]] }, "LINESTRING (1 2, 3 -4)", [1, -4, 3, 2]],
  [{ type: "MultiLineString", coordinates: [[[1, 2], [3, 4]], [[5, 6], [7, 8]]] }, "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))", [1, 2, 7, 8]],
  [{ type: "Polygon", coordinates: [SQUARE, SQUARE] }, "POLYGON ((0 0, 1 0, 1 1, 0 0), (0 0, 1 0, 1 1, 0 0))", [0, 0, 1, 1]],
  [{ type: "MultiPolygon", coordinates: [[SQUARE]] }, "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))", [0, 0, 1, 1]],
  [
    { type: "GeometryCollection", geometries: [{ type: "Point", coordinates: [1e-7, 0] }, { type: "Point", coordinates: [-1, 5] }] },
    "GEOMETRYCOLLECTION (POINT (1e-7 0), POINT (-1 5))",
    [-1, 0, 1e-7, 5],
  ],
])("%j", (geometry, text, box) => {
  expect(wkt(geometry)).toBe(text);
  expect(bounds(geometry)).toEqual(box);
});
