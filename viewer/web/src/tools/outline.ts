/** What drawn positions mean. */

import type { Feature, Geometry, Position } from "geojson";

export type SketchForm = "point" | "line" | "polygon";

/** The geometry that the drawn positions mean. */
export function geometryOf(form: SketchForm, positions: Position[]): Geometry {
  if (form === "point") return { type: "Point", coordinates: positions[0]! };
  if (form === "line") return { type: "LineString", coordinates: positions };
  return { type: "Polygon", coordinates: [[...positions, positions[0]!]] };
}

/** What was drawn as the map shows it: its corners, its edges, and its inside where it has one. */
export function sketched(form: SketchForm, positions: Position[]): Feature[] {
  const wrong = form === "polygon" && crossesItself(positions);
  const part = (geometry: Geometry): Feature => ({ type: "Feature", properties: { wrong }, geometry });
  const features = positions.map((position) => part({ type: "Point", coordinates: position }));
  if (form === "point" || positions.length < 2) return features;
  const closed = form === "polygon" && positions.length >= 3;
  features.unshift(part(geometryOf("line", closed ? [...positions, positions[0]!] : positions)));
  if (closed && !wrong) features.unshift(part(geometryOf("polygon", positions)));
  return features;
}

/** Whether two edges of a ring cross: such an outline has no inside that everybody agrees on. */
export function crossesItself(ring: readonly Position[]): boolean {
  const side = (a: Position, b: Position, c: Position) => Math.sign((b[0]! - a[0]!) * (c[1]! - a[1]!) - (b[1]! - a[1]!) * (c[0]! - a[0]!));
  for (let i = 0; i < ring.length; i++) {
    for (let j = i + 2; j < ring.length; j++) {
      if (i === 0 && j === ring.length - 1) continue;
      const [a, b, c, d] = [ring[i]!, ring[i + 1]!, ring[j]!, ring[(j + 1) % ring.length]!];
      if (side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0) return true;
    }
  }
  return false;
}
