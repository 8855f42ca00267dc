/** What the colours, widths and shapes of a layer mean; the same words on screen and on the printed sheet. */

import type { CatalogLayer } from "../api";
import { valueLabel } from "../fields";
import { element } from "../element";
import { t } from "../i18n";
import { iconAddress, type Shape } from "./icons";
import { CHANGE_CLASSES, CHANGE_COLOURS, CLASS_UNKNOWN, genericColour, HEIGHT_STOPS_M, PRESSURE_CLASSES, PRESSURE_WIDTH_PX, ROAD_CLASSES, type Palette } from "./palette";
import type { Overlays } from "./style";
import { symbolOf } from "./symbols";

export type Swatch =
  | { form: "area"; colour: string; line?: string; dashed?: true; hatch?: string }
  | { form: "line"; colour: string; widthPx: number; casing?: string; dashed?: true }
  | { form: "icon"; colour: string; shape: Shape };

export interface LegendEntry {
  swatch: Swatch;
  label: string;
}

/** The one swatch that stands for the whole layer. */
export function layerSwatch(layer: CatalogLayer, palette: Palette): Swatch {
  switch (layer.kind) {
    case "building":
      return { form: "area", colour: palette.heights[2] };
    case "road":
      return { form: "line", colour: palette.roads.primary, widthPx: 3, casing: palette.roadCasing };
    case "water":
      return { form: "area", colour: palette.water, line: palette.waterLine };
    case "green":
      return { form: "area", colour: palette.green.park };
    case "town":
      return { form: "area", colour: palette.town, line: palette.townLine, dashed: true };
    case "grid":
      return { form: "area", colour: "transparent", line: palette.grid };
    case "gas_pipe":
      return { form: "line", colour: palette.pipes.medium_a, widthPx: 3 };
    case "place":
      return { form: "icon", colour: palette.text, shape: "dot" };
  }
  if (layer.geometry === "point") return { form: "icon", colour: symbolOf(layer).colour, shape: symbolOf(layer).shape };
  if (layer.geometry === "line") return { form: "line", colour: genericColour(layer.name), widthPx: 3 };
  return { form: "area", colour: `${genericColour(layer.name)}66`, line: genericColour(layer.name) };
}

/** The classes of a layer; empty when its one swatch says all. */
export function legendOf(layer: CatalogLayer, palette: Palette): LegendEntry[] {
  const label = (column: string, value: string) => valueLabel(column, value, layer.kind);
  switch (layer.kind) {
    case "building":
      return HEIGHT_STOPS_M.map((metres, i): LegendEntry => ({
        swatch: { form: "area", colour: palette.heights[i]! },
        label: i === HEIGHT_STOPS_M.length - 1 ? `≥ ${metres} m` : `${metres} m`,
      })).concat({ swatch: { form: "area", colour: palette.heightUnknown, hatch: palette.heightUnknownHatch }, label: t("legend.height.unknown") });
    case "road":
      return ROAD_CLASSES.map((value, i): LegendEntry => ({
        swatch: { form: "line", colour: palette.roads[value], widthPx: Math.max(1.5, 6 - i * 0.7), casing: palette.roadCasing },
        label: label("class", value),
      })).concat({ swatch: { form: "line", colour: palette.roads.other, widthPx: 1.5, casing: palette.roadCasing }, label: t("legend.other") });
    case "green":
      return (["park", "farmland", "wood", "other"] as const).map((value) => ({
        swatch: { form: "area", colour: palette.green[value] },
        label: value === "other" ? t("legend.other") : label("class", value),
      }));
    case "grid":
      return [
        { swatch: { form: "area", colour: "transparent", line: palette.grid }, label: label("category", "basic") },
        { swatch: { form: "area", colour: "transparent", line: palette.gridSpecial }, label: label("category", "special") },
        { swatch: { form: "area", colour: "transparent", line: palette.gridOther }, label: t("legend.other") },
      ];
    case "gas_pipe":
      return [...PRESSURE_CLASSES].reverse().map((value): LegendEntry => ({
        swatch: { form: "line", colour: palette.pipes[value], widthPx: PRESSURE_WIDTH_PX[value] },
        label: label("pressure_class", value),
      })).concat({ swatch: { form: "line", colour: palette.pipeUnknown, widthPx: 2, dashed: true }, label: t("legend.unknown") });
  }
  if (layer.geometry !== "point") return [];
  const { shape, column, colours } = symbolOf(layer);
  if (!column || !colours) return [];
  return Object.entries(colours)
    .map(([value, colour]): LegendEntry => ({ swatch: { form: "icon", colour, shape }, label: label(column, value) }))
    .concat({ swatch: { form: "icon", colour: CLASS_UNKNOWN, shape }, label: t("legend.other") });
}

/** What the tools have drawn over the city; `bodies` are buildings that are marked as an answer by their colour. */
export function overlayLegend(overlays: Overlays, bodies: { answer: number; chosen: number }, palette: Palette): LegendEntry[] {
  const entries: LegendEntry[] = [];
  const drawn = (name: keyof Overlays) => overlays[name].features.length > 0;
  if (drawn("sketch")) entries.push({ swatch: { form: "area", colour: `${palette.sketch}33`, line: palette.sketch }, label: t("legend.sketch") });
  if (drawn("buffer")) entries.push({ swatch: { form: "area", colour: `${palette.buffer}33`, line: palette.buffer, dashed: true }, label: t("legend.buffer") });
  if (bodies.answer) entries.push({ swatch: { form: "area", colour: palette.answerVolume }, label: t("legend.answer") });
  if (drawn("answer")) entries.push({ swatch: { form: "area", colour: `${palette.answer}33`, line: palette.answer }, label: t("legend.answer") });
  if (bodies.chosen) entries.push({ swatch: { form: "area", colour: palette.accent }, label: t("legend.chosen") });
  if (drawn("selection")) entries.push({ swatch: { form: "area", colour: `${palette.accent}44`, line: palette.accent }, label: t("legend.chosen") });
  const colours = new Set(overlays.change.features.map(({ properties }) => properties?.["colour"] as string));
  for (const change of CHANGE_CLASSES) if (colours.has(CHANGE_COLOURS[change])) entries.push({ swatch: { form: "area", colour: CHANGE_COLOURS[change] }, label: t(`change.${change}`) });
  return entries;
}

/** The swatch as it is drawn in a list. */
export function swatchElement(swatch: Swatch): HTMLElement {
  switch (swatch.form) {
    case "area":
      return element("span", {
        class: "swatch",
        style: `background:${swatch.hatch ? `repeating-linear-gradient(135deg, ${swatch.hatch} 0 1.2px, ${swatch.colour} 1.2px 4px)` : swatch.colour};border-color:${swatch.line ?? swatch.colour}${swatch.dashed ? ";border-style:dashed" : ""}`,
      });
    case "line":
      return element(
        "span",
        { class: "swatch swatch-line" },
        element("i", {
          style: `background:${swatch.dashed ? `repeating-linear-gradient(90deg, ${swatch.colour} 0 5px, transparent 5px 8px)` : swatch.colour};height:${Math.min(8, swatch.widthPx)}px;${swatch.casing ? `box-shadow:0 0 0 1px ${swatch.casing}` : ""}`,
        }),
      );
    case "icon":
      return element("img", { class: "swatch-icon", src: iconAddress(swatch.shape, swatch.colour), alt: "" });
  }
}

