/** Point symbols, drawn when a map first asks for them. An icon's id is `shape|colour`, so a style names what it wants. */

import type { Map as LibreMap } from "maplibre-gl";

export type Shape = "house" | "sensor" | "camera" | "valve" | "diamond" | "square" | "dot" | "disc";
/** Patterns that fill an area without a seam. */
export type Pattern = "hatch" | "dots";

/** Size of an icon in CSS pixels; drawn at twice this for dense screens. */
const SIZE_PX = 22;
const RATIO = 2;

export const iconId = (shape: Shape | Pattern, colour: string): string => `${shape}|${colour}`;

/** Draws every icon that a style of `map` asks for; `patterns` are those of its background, for which MapLibre does not ask. */
export function supplyIcons(map: LibreMap, patterns: { pattern: Pattern; colour: string }[] = []): void {
  map.once("style.load", () => {
    for (const { pattern, colour } of patterns) {
      const image = patternImage(pattern, colour);
      if (image && !map.hasImage(iconId(pattern, colour))) map.addImage(iconId(pattern, colour), image, { pixelRatio: RATIO });
    }
  });
  map.setMissingStyleImageResolver((id) => {
    const [shape, colour] = id.split("|");
    if (!shape || !colour || map.hasImage(id)) return;
    const image = shape === "hatch" || shape === "dots" ? patternImage(shape, colour) : iconImage(shape as Shape, colour);
    if (image) map.addImage(id, image, { pixelRatio: RATIO });
  });
}

/** The icon as an image address, for legends. */
export function iconAddress(shape: Shape, colour: string): string {
  return iconCanvas(shape, colour).toDataURL();
}

function iconImage(shape: Shape, colour: string): ImageData | undefined {
  return iconCanvas(shape, colour).getContext("2d")?.getImageData(0, 0, SIZE_PX * RATIO, SIZE_PX * RATIO);
}

/** Slanted lines, or a dot in the middle of much room. */
function patternImage(pattern: Pattern, colour: string): ImageData | undefined {
  const sizePx = pattern === "hatch" ? 8 : 20;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = sizePx * RATIO;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return undefined;
  context.scale(RATIO, RATIO);
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.2;
  // The corners' lines continue on the next tile of the pattern.
  if (pattern === "hatch") context.stroke(new Path2D(`M-2 2 L2 -2 M0 ${sizePx} L${sizePx} 0 M${sizePx - 2} ${sizePx + 2} L${sizePx + 2} ${sizePx - 2}`));
  else context.fill(new Path2D("M8.7 10 A1.3 1.3 0 1 1 11.3 10 A1.3 1.3 0 1 1 8.7 10 Z"));
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function iconCanvas(shape: Shape, colour: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE_PX * RATIO;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return canvas;
  context.scale(RATIO, RATIO);
  context.translate(SIZE_PX / 2, SIZE_PX / 2);
  context.lineJoin = "round";
  const outline = new Path2D(OUTLINES[shape] ?? OUTLINES.dot);
  context.lineWidth = 3;
  context.strokeStyle = "rgba(5, 9, 14, 0.9)";
  context.stroke(outline);
  context.fillStyle = colour;
  context.fill(outline);
  const inside = INSIDES[shape];
  if (inside) {
    context.fillStyle = "rgba(5, 9, 14, 0.85)";
    context.fill(new Path2D(inside));
  }
  return canvas;
}

/** SVG paths around 0,0; a camera looks up (north), so that rotating by its bearing points it. */
const OUTLINES: Record<Shape, string> = {
  house: "M0 -8 L8 -1 L6 -1 L6 7 L-6 7 L-6 -1 L-8 -1 Z",
  sensor: "M-6.5 0 A6.5 6.5 0 1 1 6.5 0 A6.5 6.5 0 1 1 -6.5 0 Z",
  camera: "M-2.5 3 L-6 -8.5 Q0 -11 6 -8.5 L2.5 3 A3.6 3.6 0 1 1 -2.5 3 Z",
  valve: "M-8 -5.5 L0 -1.2 L8 -5.5 L8 5.5 L0 1.2 L-8 5.5 Z",
  diamond: "M0 -8.5 L8.5 0 L0 8.5 L-8.5 0 Z",
  square: "M-5 -5 H5 V5 H-5 Z",
  dot: "M-4.5 0 A4.5 4.5 0 1 1 4.5 0 A4.5 4.5 0 1 1 -4.5 0 Z",
  disc: "M-9.5 0 A9.5 9.5 0 1 1 9.5 0 A9.5 9.5 0 1 1 -9.5 0 Z",
};

const INSIDES: Partial<Record<Shape, string>> = {
  house: "M-2 7 V2 H2 V7 Z",
  sensor: "M-2.4 0 A2.4 2.4 0 1 1 2.4 0 A2.4 2.4 0 1 1 -2.4 0 Z",
  diamond: "M0 -3.6 L3.6 0 L0 3.6 L-3.6 0 Z",
};
