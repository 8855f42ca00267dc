/** The box around a geometry. */

import type { Geometry, Position } from "geojson";

/** Every position of a geometry, in order. */
export function* positions(geometry: Geometry): Generator<Position> {
  if (geometry.type === "GeometryCollection") {
    for (const part of geometry.geometries) yield* positions(part);
    return;
  }
  const nested: unknown[] = [geometry.coordinates];
  while (nested.length) {
    const item = nested.pop() as unknown[];
    if (typeof item[0] === "number") yield item as Position;
    else for (let i = item.length - 1; i >= 0; i--) nested.push(item[i]);
  }
}

/** West, south, east, north in degrees; of an empty geometry a box that holds nothing. A geometry over the antimeridian gets the long way round. */
export function bounds(geometry: Geometry): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of positions(geometry)) {
    box[0] = Math.min(box[0], lon!);
    box[1] = Math.min(box[1], lat!);
    box[2] = Math.max(box[2], lon!);
    box[3] = Math.max(box[3], lat!);
  }
  return box;
}
