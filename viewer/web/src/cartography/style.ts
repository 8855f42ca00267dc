/**
 * The whole map as one style document: composed from the catalogue, what is visible and what the tools have drawn. The page and
 * the printed sheet use the same function, and a change of anything composes it anew; MapLibre applies the difference.
 */

import type { FeatureCollection } from "geojson";
import type { ExpressionSpecification, FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import { tileTemplate, type CatalogLayer } from "../api";
import type { Language } from "../i18n";
import { iconId } from "./icons";
import { CLASS_UNKNOWN, genericColour, HEIGHT_STOPS_M, PRESSURE_CLASSES, PRESSURE_WIDTH_PX, type Palette } from "./palette";
import { enlarge } from "./wall";
import { symbolOf } from "./symbols";

/** What tools draw over the city. */
export type OverlayName = "heat" | "change" | "buffer" | "answer" | "selection" | "sketch";
export type Overlays = Record<OverlayName, FeatureCollection>;

export interface Composition {
  layers: readonly CatalogLayer[];
  visible: ReadonlySet<string>;
  palette: Palette;
  language: Language;
  /** Buildings stand up from EXTRUSION_ZOOM on. */
  threeD: boolean;
  overlays: Overlays;
  /** How many times larger than on a desk labels and symbols are, for a wall that is read from afar; 1 unless told. */
  scale?: number;
  /** The layer that is dimmed, since what is drawn over it is what is looked at. */
  dimmed?: string | null;
}

/** Codes are read by who works on one street; further out they would cover it. */
const CODE_ZOOM = 17.5;
/** How much of its opacity a dimmed layer keeps. */
const DIMMED = 0.4;
/** Buildings are flat below this zoom: too many walls, too few pixels. */
export const EXTRUSION_ZOOM = 14;
/** Drawn height of a building whose height nobody knows, so that it can be seen and clicked; the card says unknown. */
const UNKNOWN_HEIGHT_M = 3;
/** The style specification's last zoom. */
const MAX_STYLE_ZOOM = 24;
/** Below this zoom more than a city is in view. */
const BEYOND_ZOOM = 13;
const FONT = ["Noto Sans CJK SC", "sans-serif"];

/** From the ground up. Pipes lie over buildings: what is under the street must be seen. */
const RANK = {
  town: 0, green: 1, water: 2, area: 3, waterLine: 4, roadCasing: 5, road: 6, grid: 7, building: 8, areaLine: 9,
  extrusion: 10, heat: 11, line: 12, pipeCasing: 13, pipe: 14, buffer: 15, dot: 16, icon: 17, label: 18, place: 19, overlay: 20,
} as const;

interface Drawn {
  rank: number;
  spec: LayerSpecification;
}

type Expression = ExpressionSpecification;

const POLYGONS: FilterSpecification = ["==", ["geometry-type"], "Polygon"];
const LINES: FilterSpecification = ["==", ["geometry-type"], "LineString"];
const POINTS: FilterSpecification = ["==", ["geometry-type"], "Point"];
/** Many points drawn as one, see tiles/layers. */
const CLUSTERS: FilterSpecification = ["has", "point_count"];
/** A sketch that crosses itself, see tools/sketch. */
const WRONG: FilterSpecification = ["==", ["get", "wrong"], true];
const SINGLE_POINTS: FilterSpecification = ["all", POINTS, ["!", ["has", "point_count"]]];

/** Matches a text column against known values. */
function match(column: string, values: Record<string, string | number>, otherwise: string | number): Expression {
  return ["match", ["to-string", ["get", column]], ...Object.entries(values).flat(), otherwise] as unknown as Expression;
}

const byZoom = (...stops: (number | Expression)[]): Expression => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops] as unknown as Expression;

export function composeStyle(composition: Composition): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  const drawn: Drawn[] = [];
  for (const layer of composition.layers) {
    sources[layer.name] = {
      type: "vector",
      tiles: [tileTemplate(layer)],
      minzoom: layer.min_zoom,
      maxzoom: layer.max_zoom,
      ...(layer.bbox ? { bounds: layer.bbox } : {}),
    };
    if (!composition.visible.has(layer.name)) continue;
    const parts = drawLayer(layer, composition);
    if (layer.name === composition.dimmed) for (const { spec } of parts) dim(spec);
    drawn.push(...parts);
  }
  for (const [name, data] of Object.entries(composition.overlays)) sources[overlaySource(name as OverlayName)] = { type: "geojson", data };
  drawn.push(...drawOverlays(composition.palette));
  drawn.sort((a, b) => a.rank - b.rank);
  const { palette, scale = 1 } = composition;
  if (scale !== 1) for (const { spec } of drawn) enlarge(spec, scale);
  return {
    version: 8,
    // No `glyphs`: every label is drawn from the fonts of the machine, so nothing is fetched and every script has its letters.
    sources,
    light: { anchor: "viewport", color: "#ffffff", intensity: 0.32, position: [1.3, 205, 38] },
    sky: {
      "sky-color": palette.sky,
      "horizon-color": palette.town,
      "fog-color": palette.ground,
      "fog-ground-blend": 0.6,
      "horizon-fog-blend": 0.8,
      "sky-horizon-blend": 0.9,
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": palette.ground } },
      // Where the data ends the sheet goes on: dotted ground says that nothing is known there, not that there is nothing.
      ...(palette.beyond ? [{ id: "beyond", type: "background" as const, maxzoom: BEYOND_ZOOM, paint: { "background-pattern": iconId("dots", palette.beyond) } }] : []),
      ...drawn.map(({ spec }) => spec),
    ],
  };
}

/** Every opacity of a style layer, lessened. */
function dim(spec: LayerSpecification): void {
  const kinds: Partial<Record<LayerSpecification["type"], string[]>> = {
    fill: ["fill-opacity"], line: ["line-opacity"], circle: ["circle-opacity", "circle-stroke-opacity"], symbol: ["icon-opacity", "text-opacity"], "fill-extrusion": ["fill-extrusion-opacity"],
  };
  const paint = (spec.paint ??= {}) as Record<string, unknown>;
  // A curve over zoom cannot be multiplied: a dimmed layer is as dim from everywhere.
  for (const property of kinds[spec.type] ?? []) paint[property] = (typeof paint[property] === "number" ? paint[property] : 1) * DIMMED;
}

/** No layer name begins with a `~`, so an overlay's source never meets one. */
export const overlaySource = (name: OverlayName): string => `~${name}`;

/** Style layers whose features a click may choose. */
export const isCityStyleLayer = (spec: LayerSpecification): boolean => "source" in spec && !spec.source.startsWith("~");

function drawLayer(layer: CatalogLayer, composition: Composition): Drawn[] {
  switch (layer.kind) {
    case "town":
      return town(layer, composition);
    case "green":
      return green(layer, composition.palette);
    case "water":
      return water(layer, composition);
    case "grid":
      return grid(layer, composition.palette);
    case "building":
      return building(layer, composition);
    case "road":
      return road(layer, composition);
    case "gas_pipe":
      return pipe(layer, composition.palette);
    case "place":
      return place(layer, composition);
    default:
      return generic(layer, composition);
  }
}

/** What every style layer of a city layer has in common. */
const from = (layer: CatalogLayer, part: string) => ({ id: `${layer.name}:${part}`, source: layer.name, "source-layer": layer.name });

/** The same choice as `featureName` makes for cards and lists. */
const name = (language: Language): Expression => {
  const first = (one: string, other: string): Expression => ["case", ["!=", ["to-string", ["get", one]], ""], ["to-string", ["get", one]], ["to-string", ["get", other]]];
  if (language === "zh") return first("name", "name_en");
  return ["case", ["==", ["to-string", ["get", "class"]], "poi"], first("name", "name_en"), first("name_en", "name")];
};

const halo = (palette: Palette) => ({ "text-halo-color": palette.halo, "text-halo-width": 1.6, "text-halo-blur": 0.4 });

function town(layer: CatalogLayer, { palette, layers, language }: Composition): Drawn[] {
  const drawn: Drawn[] = [
    { rank: RANK.town, spec: { ...from(layer, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": palette.town } } },
    {
      rank: RANK.grid,
      spec: {
        ...from(layer, "line"),
        type: "line",
        layout: { "line-join": "round" },
        paint: { "line-color": palette.townLine, "line-width": byZoom(8, 0.8, 14, 2.2), "line-dasharray": [6, 2, 1.2, 2], "line-opacity": 0.8 },
      },
    },
  ];
  // A place layer names the towns already.
  if (!layers.some(({ kind }) => kind === "place")) drawn.push(areaLabel(layer, "label", name(language), palette, { minzoom: 9, size: 14 }));
  return drawn;
}

/** Names of areas, at the label points that the tiles bring along: on the areas themselves, each tile's piece would have one. */
function areaLabel(layer: CatalogLayer, part: string, text: Expression, palette: Palette, at: { minzoom: number; size: number }): Drawn {
  return {
    rank: RANK.label,
    spec: {
      ...from(layer, part),
      "source-layer": `${layer.name}_label`,
      type: "symbol",
      minzoom: at.minzoom,
      layout: { "text-field": text, "text-font": FONT, "text-size": at.size, "text-max-width": 8 },
      paint: { "text-color": palette.textMuted, ...halo(palette) },
    },
  };
}

function green(layer: CatalogLayer, palette: Palette): Drawn[] {
  const { other, ...classes } = palette.green;
  return [{ rank: RANK.green, spec: { ...from(layer, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": match("class", classes, other) } } }];
}

function water(layer: CatalogLayer, { palette, language }: Composition): Drawn[] {
  return [
    { rank: RANK.water, spec: { ...from(layer, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": ["interpolate", ["linear"], ["zoom"], 10, palette.waterFar, 13, palette.water], "fill-outline-color": ["interpolate", ["linear"], ["zoom"], 10, palette.waterFar, 13, palette.waterLine] } } },
    {
      rank: RANK.waterLine,
      spec: {
        ...from(layer, "line"),
        type: "line",
        filter: LINES,
        layout: { "line-cap": "round", "line-join": "round" },
        paint: {
          "line-color": palette.waterLine,
          "line-width": byZoom(9, match("class", { river: 1.6, canal: 1 }, 0.4), 16, match("class", { river: 14, canal: 8 }, 4)),
        },
      },
    },
    {
      rank: RANK.label,
      spec: {
        ...from(layer, "label"),
        type: "symbol",
        minzoom: 12,
        filter: LINES,
        layout: { "symbol-placement": "line", "symbol-spacing": 420, "text-field": name(language), "text-font": FONT, "text-size": 12, "text-letter-spacing": 0.12 },
        paint: { "text-color": "#6db6e6", ...halo(palette) },
      },
    },
  ];
}

function grid(layer: CatalogLayer, palette: Palette): Drawn[] {
  const colour = match("category", { special: palette.gridSpecial, basic: palette.grid }, palette.gridOther);
  return [
    // A fill that is hardly there, so that a click inside a grid finds it.
    { rank: RANK.area, spec: { ...from(layer, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": colour, "fill-opacity": 0.035 } } },
    {
      rank: RANK.grid,
      spec: {
        ...from(layer, "line"),
        type: "line",
        layout: { "line-join": "round" },
        paint: { "line-color": colour, "line-width": byZoom(10, 0.3, 13, 0.8, 16, 1.6), "line-opacity": byZoom(10, 0.35, 14, 0.75) },
      },
    },
    areaLabel(layer, "label", ["to-string", ["coalesce", ["get", "code"], ""]], palette, { minzoom: CODE_ZOOM, size: 11 }),
  ];
}

function building(layer: CatalogLayer, { palette, threeD }: Composition): Drawn[] {
  const unknown: FilterSpecification = ["!", ["has", "height_m"]];
  const height: Expression = ["to-number", ["coalesce", ["get", "height_m"], ["*", 3, ["to-number", ["get", "levels"], 0]]], UNKNOWN_HEIGHT_M];
  const drawnHeight: Expression = ["max", height, UNKNOWN_HEIGHT_M];
  const base: Expression = ["to-number", ["get", "base_height_m"], 0];
  const ramp = ["interpolate", ["linear"], height, ...HEIGHT_STOPS_M.flatMap((metres, i) => [metres, palette.heights[i]!])] as unknown as Expression;
  // Drawn by its storeys, or low, to be seen and clicked at all; its colour says that no height is known.
  const byHeight: Expression = ["case", unknown as Expression, palette.heightUnknown, ramp];
  // A chosen building changes colour itself: a second body of the same walls would flicker through it.
  const colour: Expression = [
    "case",
    ["boolean", ["feature-state", "chosen"], false],
    palette.accent,
    ["boolean", ["feature-state", "answer"], false],
    palette.answerVolume,
    byHeight,
  ];
  const flat: Drawn = {
    rank: RANK.building,
    spec: {
      ...from(layer, "area"),
      type: "fill",
      filter: POLYGONS,
      // Named even where it does not limit: MapLibre changes a limit, but does not take one away.
      maxzoom: threeD ? EXTRUSION_ZOOM : MAX_STYLE_ZOOM,
      paint: { "fill-color": colour, "fill-outline-color": byColourZoom(palette) },
    },
  };
  const hatch: Drawn = {
    rank: RANK.building,
    spec: { ...from(layer, "unknown"), type: "fill", minzoom: EXTRUSION_ZOOM, filter: ["all", POLYGONS, unknown] as unknown as FilterSpecification, paint: { "fill-pattern": iconId("hatch", palette.heightUnknownHatch), "fill-opacity": 0.8 } },
  };
  if (!threeD) return [flat, hatch];
  return [
    flat,
    {
      rank: RANK.extrusion,
      spec: {
        ...from(layer, "volume"),
        type: "fill-extrusion",
        minzoom: EXTRUSION_ZOOM,
        filter: POLYGONS,
        paint: {
          "fill-extrusion-color": colour,
          "fill-extrusion-height": ["interpolate", ["linear"], ["zoom"], EXTRUSION_ZOOM, ["*", 0.2, drawnHeight], EXTRUSION_ZOOM + 0.6, drawnHeight] as unknown as Expression,
          // The base is where the body begins above the ground; one that is not below the roof is no base.
          "fill-extrusion-base": ["case", ["<", base, drawnHeight], base, 0],
          "fill-extrusion-opacity": 0.93,
          "fill-extrusion-vertical-gradient": true,
        },
      },
    },
  ];
}

/** Outlines of buildings would turn a far view grey. */
const byColourZoom = (palette: Palette): Expression =>
  ["step", ["zoom"], "rgba(0, 0, 0, 0)", 14.5, palette.buildingLine] as unknown as Expression;

/** Road widths in pixels at zooms 10, 14 and 18. */
const ROAD_WIDTH_PX: Record<string, readonly [number, number, number]> = {
  motorway: [1.8, 5, 26],
  trunk: [1.5, 4.4, 24],
  primary: [1.1, 3.6, 20],
  secondary: [0.7, 2.8, 16],
  tertiary: [0.3, 2, 12],
  residential: [0, 1.1, 9],
  service: [0, 0.5, 5],
  footway: [0, 0.3, 2.5],
};

function road(layer: CatalogLayer, { palette, language }: Composition): Drawn[] {
  const widths = (stop: 0 | 1 | 2, extra: number): Expression =>
    match("class", Object.fromEntries(Object.entries(ROAD_WIDTH_PX).map(([value, px]) => [value, px[stop] > 0 ? px[stop] + extra : 0])), stop === 0 ? 0 : 1 + extra);
  const { other, ...classes } = palette.roads;
  const order = match("class", Object.fromEntries(Object.keys(ROAD_WIDTH_PX).map((value, i) => [value, -i])), -9);
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": order } as const;
  return [
    {
      rank: RANK.roadCasing,
      spec: { ...from(layer, "casing"), type: "line", minzoom: 12, filter: LINES, layout, paint: { "line-color": palette.roadCasing, "line-width": byZoom(10, widths(0, 1), 14, widths(1, 1.6), 18, widths(2, 3)) } },
    },
    {
      rank: RANK.road,
      spec: { ...from(layer, "line"), type: "line", filter: LINES, layout, paint: { "line-color": match("class", classes, other), "line-width": byZoom(10, widths(0, 0), 14, widths(1, 0), 18, widths(2, 0)) } },
    },
    {
      rank: RANK.label,
      spec: {
        ...from(layer, "label"),
        type: "symbol",
        minzoom: 14,
        filter: LINES,
        layout: { "symbol-placement": "line", "symbol-spacing": 380, "text-field": name(language), "text-font": FONT, "text-size": byZoom(14, 11, 18, 14), "symbol-sort-key": ["-", 0, order] },
        paint: { "text-color": palette.textRoad, ...halo(palette) },
      },
    },
  ];
}

function pipe(layer: CatalogLayer, palette: Palette): Drawn[] {
  const widthAt = (factor: number, extra: number): Expression =>
    match("pressure_class", Object.fromEntries(PRESSURE_CLASSES.map((value) => [value, PRESSURE_WIDTH_PX[value] * factor + extra])), factor + extra);
  const order = match("pressure_class", Object.fromEntries(PRESSURE_CLASSES.map((value, i) => [value, i])), 0);
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": order } as const;
  const classed: FilterSpecification = ["in", ["to-string", ["get", "pressure_class"]], ["literal", [...PRESSURE_CLASSES]]] as unknown as FilterSpecification;
  return [
    {
      rank: RANK.pipe,
      spec: {
        ...from(layer, "unknown"),
        type: "line",
        filter: ["all", LINES, ["!", classed]] as unknown as FilterSpecification,
        layout: { "line-join": "round" },
        paint: { "line-color": palette.pipeUnknown, "line-width": byZoom(9, 0.8, 13, 1.4, 16, 2.6, 19, 5), "line-dasharray": [2.5, 1.5] },
      },
    },
    {
      rank: RANK.pipeCasing,
      spec: { ...from(layer, "casing"), type: "line", minzoom: 13, filter: LINES, layout, paint: { "line-color": palette.pipeCasing, "line-opacity": 0.75, "line-width": byZoom(13, widthAt(0.5, 1), 16, widthAt(1, 2), 19, widthAt(2, 3)) } },
    },
    {
      rank: RANK.pipe,
      spec: { ...from(layer, "line"), type: "line", filter: ["all", LINES, classed] as unknown as FilterSpecification, layout, paint: { "line-color": match("pressure_class", palette.pipes, palette.pipes.low), "line-width": byZoom(9, widthAt(0.25, 0), 13, widthAt(0.5, 0), 16, widthAt(1, 0), 19, widthAt(2, 0)) } },
    },
  ];
}

function place(layer: CatalogLayer, { palette, language }: Composition): Drawn[] {
  const text = (part: string, filter: FilterSpecification, minzoom: number, size: Expression, weight: "strong" | "quiet"): Drawn => ({
    rank: RANK.place,
    spec: {
      ...from(layer, part),
      type: "symbol",
      minzoom,
      filter,
      layout: { "text-field": name(language), "text-font": FONT, "text-size": size, "text-max-width": 7, "text-padding": 6, "text-letter-spacing": weight === "strong" ? 0.08 : 0 },
      paint: { "text-color": weight === "strong" ? palette.text : palette.textMuted, ...halo(palette), "text-halo-width": weight === "strong" ? 2 : 1.4 },
    },
  });
  const ofClass = (...classes: string[]): FilterSpecification => ["in", ["to-string", ["get", "class"]], ["literal", classes]] as unknown as FilterSpecification;
  return [
    text("poi", ["!", ofClass("city", "town", "village")] as unknown as FilterSpecification, 15, byZoom(15, 11, 18, 13), "quiet"),
    text("village", ofClass("village"), 12.5, byZoom(12, 11, 16, 14), "quiet"),
    text("town", ofClass("town"), 9, byZoom(9, 12, 14, 17), "strong"),
    text("city", ofClass("city"), 6, byZoom(7, 15, 14, 23), "strong"),
  ];
}

/** Points of every kind, and whatever nobody has named a kind for: it appears by itself. */
function generic(layer: CatalogLayer, { palette }: Composition): Drawn[] {
  const colour = genericColour(layer.name);
  const drawn: Drawn[] = [];
  if (layer.geometry !== "point" && layer.geometry !== "line") {
    drawn.push(
      { rank: RANK.area, spec: { ...from(layer, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": colour, "fill-opacity": 0.22 } } },
      { rank: RANK.areaLine, spec: { ...from(layer, "outline"), type: "line", filter: POLYGONS, paint: { "line-color": colour, "line-width": byZoom(9, 0.6, 16, 2) } } },
    );
  }
  if (layer.geometry !== "point") {
    drawn.push({
      rank: RANK.line,
      spec: { ...from(layer, "line"), type: "line", filter: LINES, layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour, "line-width": byZoom(9, 0.8, 16, 3.2) } },
    });
  }
  if (layer.geometry === "point" || layer.geometry === "mixed" || layer.kind === "generic") drawn.push(...points(layer, palette));
  return drawn;
}

/**
 * Every point is a dot; where there is room it becomes its icon, and where there is more, its name. From afar many are one disc that
 * says how many, larger by their number's logarithm; where a name or a larger number stands, a dot is left of it.
 */
function points(layer: CatalogLayer, palette: Palette): Drawn[] {
  const symbol = symbolOf(layer);
  const colour = symbol.column && symbol.colours ? match(symbol.column, symbol.colours, CLASS_UNKNOWN) : symbol.colour;
  const icon = symbol.column && symbol.colours
    ? match(symbol.column, Object.fromEntries(Object.entries(symbol.colours).map(([value, hue]) => [value, iconId(symbol.shape, hue)])), iconId(symbol.shape, CLASS_UNKNOWN))
    : iconId(symbol.shape, symbol.colour);
  return [
    {
      rank: RANK.dot,
      spec: {
        ...from(layer, "cluster"),
        type: "circle",
        filter: CLUSTERS,
        paint: {
          "circle-color": symbol.colour,
          "circle-radius": 2.4,
          "circle-stroke-color": palette.halo,
          "circle-stroke-width": 1,
          "circle-opacity": 0.85,
        },
      },
    },
    {
      rank: RANK.icon,
      spec: {
        ...from(layer, "count"),
        type: "symbol",
        filter: CLUSTERS,
        layout: {
          // Disc and number are one symbol: there is none without the other, and the largest are placed first.
          "symbol-sort-key": ["-", 0, ["get", "point_count"]] as Expression,
          "icon-image": iconId("disc", symbol.colour),
          "icon-size": ["interpolate", ["linear"], ["log2", ["get", "point_count"]], 1, 0.75, 14, 1.9] as unknown as Expression,
          "icon-padding": 0,
          "text-field": ["to-string", ["get", "point_count"]] as Expression,
          "text-font": FONT,
          "text-size": 11.5,
          "text-padding": 0,
        },
        paint: { "icon-opacity": 0.92, "text-color": palette.text, ...halo(palette) },
      },
    },
    {
      rank: RANK.dot,
      spec: {
        ...from(layer, "dot"),
        type: "circle",
        minzoom: symbol.dotZoom,
        filter: SINGLE_POINTS,
        paint: { "circle-color": colour, "circle-radius": byZoom(11, 2.2, 14, 3, 18, 4.5), "circle-stroke-color": palette.halo, "circle-stroke-width": 0.8, "circle-opacity": 0.9 },
      },
    },
    {
      rank: RANK.icon,
      spec: {
        ...from(layer, "icon"),
        type: "symbol",
        minzoom: symbol.iconZoom,
        filter: SINGLE_POINTS,
        layout: {
          "icon-image": icon,
          "icon-size": byZoom(symbol.iconZoom, 0.6, 18, 1),
          "icon-padding": 1,
          ...(symbol.bearing
            ? { "icon-rotate": ["to-number", ["get", symbol.bearing], 0] as Expression, "icon-rotation-alignment": "map" as const, "icon-pitch-alignment": "map" as const }
            : {}),
          ...(symbol.label
            ? {
                "text-field": ["step", ["zoom"], "", symbol.label === "code" ? CODE_ZOOM : Math.max(16, symbol.iconZoom + 1), ["to-string", ["coalesce", ["get", symbol.label], ""]]] as unknown as Expression,
                "text-font": FONT,
                "text-size": 11,
                "text-offset": [0, 1.1] as [number, number],
                "text-anchor": "top" as const,
                "text-optional": true,
                "text-max-width": 9,
              }
            : {}),
        },
        paint: { "text-color": palette.textMuted, ...halo(palette) },
      },
    },
  ];
}

function drawOverlays(palette: Palette): Drawn[] {
  const over = (name: OverlayName, part: string) => ({ id: `~${name}:${part}`, source: overlaySource(name) });
  const outline = (name: OverlayName, colour: string, widthPx: number, dash?: number[]): Drawn => ({
    rank: RANK.overlay,
    spec: {
      ...over(name, "line"),
      type: "line",
      filter: ["!=", ["geometry-type"], "Point"],
      layout: { "line-join": "round", "line-cap": "round" },
      paint: { "line-color": colour, "line-width": widthPx, ...(dash ? { "line-dasharray": dash } : {}) },
    },
  });
  const area = (name: OverlayName, colour: string, opacity: number, rank: number): Drawn => ({
    rank,
    spec: { ...over(name, "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": colour, "fill-opacity": opacity } },
  });
  // A drawn outline comes as a line of its own: a polygon that crosses itself can have no area, and is then not drawn at all.
  const sketched = (part: string, colour: string, which: FilterSpecification, dash?: number[]): Drawn => ({
    rank: RANK.overlay,
    spec: {
      ...over("sketch", part),
      type: "line",
      filter: ["all", LINES, which] as unknown as FilterSpecification,
      layout: { "line-join": "round", "line-cap": dash ? "butt" : "round" },
      paint: { "line-color": colour, "line-width": 2.6, ...(dash ? { "line-dasharray": dash } : {}) },
    },
  });
  const dot = (name: OverlayName, colour: string, radiusPx: number): Drawn => ({
    rank: RANK.overlay,
    spec: { ...over(name, "dot"), type: "circle", filter: POINTS, paint: { "circle-color": colour, "circle-opacity": 0.25, "circle-radius": radiusPx, "circle-stroke-color": colour, "circle-stroke-width": 2.4 } },
  });
  return [
    { rank: RANK.heat, spec: { ...over("heat", "area"), type: "fill", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.68, "fill-outline-color": palette.ground } } },
    { rank: RANK.heat, spec: { ...over("change", "area"), type: "fill", filter: POLYGONS, paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.8 } } },
    { rank: RANK.overlay, spec: { ...over("change", "line"), type: "line", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": ["get", "colour"], "line-width": 1.6 } } },
    { rank: RANK.overlay, spec: { ...over("change", "dot"), type: "circle", filter: POINTS, paint: { "circle-color": ["get", "colour"], "circle-radius": 5, "circle-stroke-color": palette.ground, "circle-stroke-width": 1.4 } } },
    area("buffer", palette.buffer, 0.16, RANK.buffer),
    outline("buffer", palette.buffer, 2.2, [3, 1.6]),
    area("answer", palette.answer, 0.12, RANK.buffer),
    outline("answer", palette.answer, 1.4),
    dot("answer", palette.answer, 6),
    area("sketch", palette.sketch, 0.12, RANK.buffer),
    sketched("line", palette.sketch, ["!", WRONG] as unknown as FilterSpecification),
    sketched("wrong", palette.sketchWrong, WRONG, [1.6, 1.4]),
    { rank: RANK.overlay, spec: { ...over("sketch", "dot"), type: "circle", filter: POINTS, paint: { "circle-color": palette.ground, "circle-radius": 4.2, "circle-stroke-color": ["case", WRONG as Expression, palette.sketchWrong, palette.sketch], "circle-stroke-width": 2.2 } } },
    area("selection", palette.accent, 0.2, RANK.buffer),
    outline("selection", palette.accent, 3.2),
    dot("selection", palette.accent, 12),
  ];
}
