/**
 * Lengths and areas that a person reads: geodesic on the CGCS2000 ellipsoid, and beside it the planar value in EPSG:4549
 * (3-degree Gauss-Krueger, central meridian 120° E) that planners know from their drawings.
 */

import { Geodesic } from "geographiclib-geodesic";
import proj4 from "proj4";
import type { Position } from "geojson";

/** CGCS2000: a = 6 378 137 m, f = 1/298.257222101 (GB 22021-2008; EPSG:7044 is the same ellipsoid as GRS 1980). */
const CGCS2000 = new Geodesic.Geodesic(6_378_137, 1 / 298.257222101);

/** EPSG:4549 CGCS2000 / 3-degree Gauss-Kruger CM 120E. */
const EPSG_4549 = "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs";
const PLANE = proj4("+proj=longlat +ellps=GRS80 +no_defs", EPSG_4549);

/** The zone EPSG:4549 is made for, degrees east; outside it the plane stretches ever more. */
export const EPSG_4549_LON_RANGE = [118.5, 121.5] as const;
/** Farther than this from the central meridian a planar value would mislead, so none is given. */
const PLANE_LIMIT_DEG = 4;

/** One quantity measured twice. `planar` is null too far from the zone. */
export interface Measured {
  geodesic: number;
  planar: number | null;
  /** Every position lies inside the zone of EPSG:4549. */
  inZone: boolean;
}

/** Length of a path in metres; positions are lon, lat in degrees. */
export function lengthM(path: readonly Position[]): Measured {
  let metres = 0;
  for (let i = 1; i < path.length; i++) {
    const [a, b] = [path[i - 1]!, path[i]!];
    metres += CGCS2000.Inverse(a[1]!, a[0]!, b[1]!, b[0]!).s12 ?? 0;
  }
  return measured(metres, path, (plane) => {
    let length = 0;
    for (let i = 1; i < plane.length; i++) length += Math.hypot(plane[i]![0]! - plane[i - 1]![0]!, plane[i]![1]! - plane[i - 1]![1]!);
    return length;
  });
}

/** Area of a simple ring in square metres, whatever its direction; the closing position may be left out. */
export function areaM2(ring: readonly Position[]): Measured {
  const polygon = CGCS2000.Polygon(false);
  for (const [lon, lat] of ring) polygon.AddPoint(lat!, lon!);
  // AddPoint of the closing position adds an edge of no length, which changes no area.
  const metres2 = Math.abs(polygon.Compute(false, true).area ?? 0);
  return measured(metres2, ring, (plane) => {
    // Taken from the first corner: northings of millions of metres would cost the shoelace sum its last digits.
    const [east0, north0] = plane[0] ?? [0, 0];
    let doubled = 0;
    for (let i = 0; i < plane.length; i++) {
      const [a, b] = [plane[i]!, plane[(i + 1) % plane.length]!];
      doubled += (a[0]! - east0!) * (b[1]! - north0!) - (b[0]! - east0!) * (a[1]! - north0!);
    }
    return Math.abs(doubled) / 2;
  });
}

/** Geodesic distance in metres between two positions given as lon, lat in degrees. */
export function distanceM(from: Position, to: Position): number {
  return CGCS2000.Inverse(from[1]!, from[0]!, to[1]!, to[0]!).s12 ?? 0;
}

/** Direction of the shortest way from one position to another, degrees clockwise from north, 0 to 360. */
export function bearingDeg(from: Position, to: Position): number {
  return ((CGCS2000.Inverse(from[1]!, from[0]!, to[1]!, to[0]!).azi1 ?? 0) + 360) % 360;
}

/** Easting and northing in metres of EPSG:4549. */
export function planeFromLonLat(position: Position): [number, number] {
  const [easting, northing] = PLANE.forward([position[0]!, position[1]!]);
  return [easting!, northing!];
}

function measured(value: number, positions: readonly Position[], plane: (points: Position[]) => number): Measured {
  const [west, east] = EPSG_4549_LON_RANGE;
  const inZone = positions.every(([lon]) => lon! >= west && lon! <= east);
  if (positions.some(([lon]) => Math.abs(lon! - 120) > PLANE_LIMIT_DEG)) {
    return { geodesic: value, planar: null, inZone };
  }
  return { geodesic: value, planar: plane(positions.map(planeFromLonLat)), inZone };
}
