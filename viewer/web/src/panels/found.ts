/** Search results as a person tells them apart: parts of one street as one, equal names by how far and where they are. */

import type { Position } from "geojson";
import type { SearchResult } from "../api";
import { bearingDeg, distanceM } from "../measure";

/** Entries that are shown. */
const SHOWN = 12;
/** Parts of one street follow each other closer than this; a street of the same name farther off is another one. */
const STREET_GAP_M = 1_500;

export interface Found {
  /** The nearest of its parts. */
  result: SearchResult;
  parts: number;
  /** From the middle of the view; null for what has no place. */
  away: { metres: number; bearingDeg: number } | null;
}

/** In the server's order of names, and among equal names the nearest to `centre` first. `isLine` tells the layers whose features are parts of streets. */
export function arrange(results: readonly SearchResult[], centre: Position, isLine: (layer: string) => boolean): Found[] {
  const named = new Map<string, Found[]>();
  for (const result of results) {
    const { lon, lat } = result;
    const away = lon === undefined || lat === undefined ? null : { metres: distanceM(centre, [lon, lat]), bearingDeg: bearingDeg(centre, [lon, lat]) };
    const key = JSON.stringify([result.kind, result.layer, result.name]);
    named.set(key, [...(named.get(key) ?? []), { result, parts: 1, away }]);
  }
  return [...named.values()]
    .flatMap((equal) => {
      const near = equal.sort((a, b) => (a.away?.metres ?? 0) - (b.away?.metres ?? 0));
      return isLine(near[0]!.result.layer) ? streets(near) : near;
    })
    .slice(0, SHOWN);
}

/** Joins parts that are linked by gaps of a street; each street is its nearest part. */
function streets(nearestFirst: readonly Found[]): Found[] {
  const place = ({ result }: Found): Position => [result.lon ?? 0, result.lat ?? 0];
  const rest = [...nearestFirst];
  const joined: Found[] = [];
  while (rest.length) {
    const street = [rest.shift()!];
    // The list grows while it is walked: each part brings those near it.
    for (const part of street) {
      for (let i = rest.length - 1; i >= 0; i--) {
        if (distanceM(place(part), place(rest[i]!)) <= STREET_GAP_M) street.push(...rest.splice(i, 1));
      }
    }
    joined.push({ ...street[0]!, parts: street.length });
  }
  return joined;
}
