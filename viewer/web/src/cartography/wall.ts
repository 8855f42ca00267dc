/** The same picture for a wall that is read from afar: every label and symbol larger, and each as far apart as on a desk. */

import type { LayerSpecification } from "maplibre-gl";

/** Up to this width in CSS pixels the page lies on a desk. */
const DESK_PX = 1920;
/** Larger than this nothing grows: a wall of many screens is read from nearer than it is wide. */
const MAX_SCALE = 3;

/** How many times larger than on a desk the page is drawn in a window; the panels and the map's labels alike. */
export function scaleOf(widthPx: number): number {
  return Math.min(MAX_SCALE, Math.max(1, widthPx / DESK_PX));
}

const SIZES = ["text-size", "icon-size", "circle-radius", "circle-stroke-width", "text-halo-width"];

/**
 * Draws a style layer of labels or symbols `scale` times larger, as a desk shows it one zoom farther out for each doubling: then there is as much
 * room between them as on the desk. Lines keep their widths, which belong to the ground; those that mark something, and are as wide from
 * everywhere, grow too.
 */
export function enlarge(spec: LayerSpecification, scale: number): void {
  const parts = [spec.layout, spec.paint] as (Record<string, unknown> | undefined)[];
  if (spec.type === "line") {
    const width = spec.paint?.["line-width"];
    if (typeof width === "number") spec.paint!["line-width"] = width * scale;
    return;
  }
  if (spec.type !== "symbol" && spec.type !== "circle") return;
  const farther = Math.log2(scale);
  // A disc stands for what is there from the zoom at which its tiles bring it.
  if (spec.type === "symbol" && spec.minzoom !== undefined) spec.minzoom += farther;
  for (const part of parts) {
    for (const [property, value] of Object.entries(part ?? {})) part![property] = moved(value, SIZES.includes(property) ? scale : 1, farther);
  }
}

/** A value whose curve or steps over zoom begin `farther` later, times `scale`. */
function moved(value: unknown, scale: number, farther: number): unknown {
  if (!Array.isArray(value)) return typeof value === "number" ? value * scale : value;
  const larger = (output: unknown) => (typeof output === "number" ? output * scale : output);
  if (value[0] === "interpolate" && isZoom(value[2])) return [...value.slice(0, 3), ...value.slice(3).map((stop, i) => (i % 2 ? larger(stop) : stop + farther))];
  if (value[0] === "step" && isZoom(value[1])) return [value[0], value[1], larger(value[2]), ...value.slice(3).map((stop, i) => (i % 2 ? larger(stop) : stop + farther))];
  return scale === 1 ? value : ["*", scale, value];
}

const isZoom = (input: unknown): boolean => Array.isArray(input) && input[0] === "zoom";
