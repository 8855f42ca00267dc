/** How each kind of point layer is shown: one shape per kind, one colour per class. */

import type { CatalogLayer } from "../api";
import { genericColour, OKABE_ITO } from "./palette";
import type { Shape } from "./icons";

export interface PointSymbol {
  shape: Shape;
  /** Least zoom at which the dot shows, and at which it grows into its icon. */
  dotZoom: number;
  iconZoom: number;
  /** The layer's colour in lists and of its clusters, and of its points where no column chooses one. */
  colour: string;
  /** The column whose value chooses the colour, and what each value's colour is. */
  column?: string;
  colours?: Record<string, string>;
  /** The column that turns the icon, degrees clockwise from north. */
  bearing?: string;
  /** The column written beside the icon at high zoom. */
  label?: string;
}

const SYMBOLS: Record<string, PointSymbol> = {
  station: { shape: "house", dotZoom: 11, iconZoom: 13.5, colour: OKABE_ITO.yellow, label: "name" },
  sensor: {
    shape: "sensor",
    dotZoom: 12,
    iconZoom: 15,
    colour: OKABE_ITO.sky,
    column: "class",
    colours: {
      gas: OKABE_ITO.orange,
      water_level: OKABE_ITO.sky,
      air: "#8fd9b6",
      manhole: "#b9c3cc",
      noise: OKABE_ITO.purple,
      weather: OKABE_ITO.yellow,
    },
  },
  camera: { shape: "camera", dotZoom: 14, iconZoom: 15.5, colour: "#c9b8ff", bearing: "bearing_deg" },
  valve: {
    shape: "valve",
    dotZoom: 14,
    iconZoom: 15,
    colour: "#9fe8d2",
    column: "status",
    colours: { open: "#9fe8d2", closed: OKABE_ITO.vermilion },
    label: "code",
  },
  regulator: { shape: "diamond", dotZoom: 12, iconZoom: 14, colour: OKABE_ITO.orange, label: "name" },
  gas_customer: {
    shape: "square",
    dotZoom: 15,
    iconZoom: 16.5,
    colour: OKABE_ITO.sky,
    column: "class",
    colours: { residential: OKABE_ITO.sky, commercial: OKABE_ITO.yellow, industrial: OKABE_ITO.vermilion },
  },
  component: { shape: "dot", dotZoom: 15.5, iconZoom: 17.5, colour: "#a9b7c6", label: "name" },
  power: { shape: "diamond", dotZoom: 13, iconZoom: 15, colour: OKABE_ITO.yellow, label: "name" },
};

export function symbolOf(layer: CatalogLayer): PointSymbol {
  const known = SYMBOLS[layer.kind];
  if (known) return known;
  const label = layer.columns.some(({ name }) => name === "name") ? { label: "name" } : {};
  return { shape: "dot", dotZoom: 0, iconZoom: 14, colour: genericColour(layer.name), ...label };
}
