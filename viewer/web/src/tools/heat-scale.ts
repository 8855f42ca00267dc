/** Which H3 resolution suits a zoom, and how values become steps of a colour ramp. */

import { VIRIDIS } from "../cartography/palette";

/** An H3 resolution whose cells are some 40 to 100 pixels wide at this zoom. */
export function resolutionAt(zoom: number): number {
  // A step of zoom halves a pixel's ground width, a step of resolution divides a cell's by √7: 1/log2(√7) = 0.712 resolutions per zoom.
  return Math.max(0, Math.min(13, Math.floor(0.712 * zoom - 0.3)));
}

/** Upper limits of all classes but the last: equal shares of the distinct values, so that a few crowded cells do not darken all others. */
export function classLimits(values: number[]): number[] {
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const limits: number[] = [];
  for (let i = 1; i < VIRIDIS.length; i++) {
    const limit = distinct[Math.floor((i * distinct.length) / VIRIDIS.length)];
    if (limit !== undefined && limit !== limits.at(-1) && limit > distinct[0]!) limits.push(limit);
  }
  return limits;
}

/** The colour step of a value: the number of limits at or below it, spread over the whole ramp when there are fewer classes. */
export function classOf(value: number, limits: number[]): number {
  const rank = limits.filter((limit) => value >= limit).length;
  return limits.length ? Math.round((rank * (VIRIDIS.length - 1)) / limits.length) : Math.floor(VIRIDIS.length / 2);
}
