/** GeoJSON geometry as well-known text, the form in which the server takes geometry in a URL. */

import type { Geometry, Position } from "geojson";

/** Decimal places of a degree: 1e-7° is a centimetre, finer than a pointer or a cadastral survey. */
const DEGREE_DECIMALS = 7;

const ordinate = (degrees: number): string => String(Number(degrees.toFixed(DEGREE_DECIMALS)));
const point = ([lon, lat]: Position): string => `${ordinate(lon ?? 0)} ${ordinate(lat ?? 0)}`;
const path = (positions: Position[]): string => `(${positions.map(point).join(", ")})`;
const rings = (polygon: Position[][]): string => `(${polygon.map(path).join(", ")})`;

/** Longitude and latitude in degrees; a z is left out, since spatial questions are asked in the plane of the map. */
export function wkt(geometry: Geometry): string {
  switch (geometry.type) {
    case "Point":
      return `POINT (${point(geometry.coordinates)})`;
    case "MultiPoint":
      return `MULTIPOINT (${geometry.coordinates.map((position) => `(${point(position)})`).join(", ")})`;
    case "LineString":
      return `LINESTRING ${path(geometry.coordinates)}`;
    case "MultiLineString":
      return `MULTILINESTRING (${geometry.coordinates.map(path).join(", ")})`;
    case "Polygon":
      return `POLYGON ${rings(geometry.coordinates)}`;
    case "MultiPolygon":
      return `MULTIPOLYGON (${geometry.coordinates.map(rings).join(", ")})`;
    case "GeometryCollection":
      return `GEOMETRYCOLLECTION (${geometry.geometries.map(wkt).join(", ")})`;
  }
}
