/**
 * Colours. Hues come from the Okabe-Ito set and sequences from viridis, which people with each common colour blindness can
 * tell apart; where order matters (pressure, height, heat) lightness carries it too, and lines also differ in width. That neighbouring
 * classes stay apart in such eyes is computed by `palette.test.ts`.
 */

/** Okabe and Ito, "Color Universal Design" (2008), without its black. */
export const OKABE_ITO = {
  orange: "#e69f00",
  sky: "#56b4e9",
  green: "#009e73",
  yellow: "#f0e442",
  blue: "#0072b2",
  vermilion: "#d55e00",
  purple: "#cc79a7",
} as const;

/** Seven colours of matplotlib's viridis, dark to bright, at 0, 0.20, 0.34, 0.5, 0.65, 0.8 and 1: even steps for every eye. */
export const VIRIDIS = ["#440154", "#424186", "#31688e", "#21918c", "#2fb47c", "#7ad151", "#fde725"] as const;

/** What can become of a feature between two versions, the weightiest first, by the colour that it is drawn in on every ground. */
export const CHANGE_COLOURS = {
  added: OKABE_ITO.sky,
  removed: OKABE_ITO.vermilion,
  taller: OKABE_ITO.yellow,
  lower: OKABE_ITO.blue,
  moved: OKABE_ITO.purple,
  reshaped: OKABE_ITO.orange,
  attributes: "#c7ced6",
} as const;
export type ChangeClass = keyof typeof CHANGE_COLOURS;
export const CHANGE_CLASSES = Object.keys(CHANGE_COLOURS) as ChangeClass[];

export interface Palette {
  ground: string;
  town: string;
  townLine: string;
  water: string;
  /** Wide water seen from afar, where the data ends in the middle of it: near the ground, so that the cut is quiet. */
  waterFar: string;
  waterLine: string;
  green: Record<"park" | "farmland" | "wood" | "other", string>;
  /** Building colours at HEIGHT_STOPS_M. */
  heights: readonly [string, string, string, string, string];
  /** A building of which nobody knows the height: none of the ramp's colours, and hatched where it lies flat. */
  heightUnknown: string;
  heightUnknownHatch: string;
  buildingLine: string;
  roadCasing: string;
  roads: Record<RoadClass | "other", string>;
  grid: string;
  gridSpecial: string;
  /** A grid whose category is neither. */
  gridOther: string;
  pipes: Record<PressureClass, string>;
  /** A pipe of which nobody knows the class: none of the classes' colours, and dashed. */
  pipeUnknown: string;
  pipeCasing: string;
  text: string;
  textMuted: string;
  textRoad: string;
  halo: string;
  accent: string;
  answer: string;
  /** A building among the answers; the chosen one has the accent. */
  answerVolume: string;
  buffer: string;
  /** What is drawn by hand, and the same when it is no outline that anything can be asked with. */
  sketch: string;
  sketchWrong: string;
  sky: string;
  /** Dots on the ground where the data ends; none on paper. */
  beyond: string | null;
}

/** A point whose class is none of those that have a colour. */
export const CLASS_UNKNOWN = "#8f8a84";

export const HEIGHT_STOPS_M = [0, 12, 27, 54, 100] as const;

export const ROAD_CLASSES = ["motorway", "trunk", "primary", "secondary", "tertiary", "residential", "service", "footway"] as const;
export type RoadClass = (typeof ROAD_CLASSES)[number];

/** From the customer's pipe to the trunk main, GB 50028's seven pressure classes. */
export const PRESSURE_CLASSES = ["low", "medium_b", "medium_a", "sub_high_b", "sub_high_a", "high_b", "high_a"] as const;
export type PressureClass = (typeof PRESSURE_CLASSES)[number];

/** Line width of a pressure class in pixels at zoom 16; order can be read without any colour. */
export const PRESSURE_WIDTH_PX: Record<PressureClass, number> = {
  low: 1.3,
  medium_b: 2.2,
  medium_a: 3,
  sub_high_b: 3.8,
  sub_high_a: 4.6,
  high_b: 5.6,
  high_a: 6.8,
};

/** The wall and the planner's screen: dark, calm, bright only where something is meant. */
export const NIGHT: Palette = {
  ground: "#080d14",
  town: "#0d1620",
  townLine: "#3d5872",
  water: "#0f3350",
  waterFar: "#0b2033",
  waterLine: "#1b5079",
  green: { park: "#17402f", farmland: "#12231f", wood: "#143427", other: "#3b4630" },
  heights: ["#1c2b3d", "#31506f", "#477a9c", "#78aec8", "#cdeaf0"],
  heightUnknown: "#544b40",
  heightUnknownHatch: "#8a7c66",
  buildingLine: "#3b5975",
  roadCasing: "#070b11",
  roads: {
    motorway: "#a39274",
    trunk: "#8c8171",
    primary: "#75757a",
    secondary: "#5b6673",
    tertiary: "#465464",
    residential: "#374556",
    service: "#2b3746",
    footway: "#2b3746",
    other: "#5d5347",
  },
  grid: "#5f7f9e",
  gridSpecial: "#b58fc0",
  gridOther: "#a8a39a",
  pipes: {
    low: "#56b4e9",
    medium_b: "#0d9d74",
    medium_a: "#7de3c3",
    sub_high_b: "#e39a00",
    sub_high_a: "#ffd05e",
    high_b: "#ea6a2a",
    high_a: "#ffab8c",
  },
  pipeUnknown: "#c7ced6",
  pipeCasing: "#05080d",
  text: "#dce8f3",
  textMuted: "#9db3c8",
  textRoad: "#b5c3d0",
  halo: "#070c12",
  accent: "#ffd84d",
  answer: "#ffd84d",
  answerVolume: "#e0a83a",
  buffer: "#d98fc0",
  sketch: OKABE_ITO.sky,
  sketchWrong: "#ff8a5c",
  sky: "#0a1420",
  beyond: "#22303f",
};

/** The printed sheet: the same meaning on white paper. */
export const PAPER: Palette = {
  ground: "#ffffff",
  town: "#fbfaf7",
  townLine: "#8a8a8a",
  water: "#cfe6f5",
  waterFar: "#e2f0f8",
  waterLine: "#86b8d8",
  green: { park: "#d5e8cf", farmland: "#eef2e0", wood: "#c6dfc4", other: "#e3e0cc" },
  heights: ["#e4e4e1", "#bac2cb", "#8d9eb1", "#617b98", "#36516f"],
  heightUnknown: "#efd9ae",
  heightUnknownHatch: "#a08a5c",
  buildingLine: "#8f979f",
  roadCasing: "#a9a9a9",
  roads: {
    motorway: "#f0c674",
    trunk: "#f4d79a",
    primary: "#f9e7c0",
    secondary: "#fdf4de",
    tertiary: "#ffffff",
    residential: "#ffffff",
    service: "#fafafa",
    footway: "#eeeeee",
    other: "#e3d9cd",
  },
  grid: "#6a7f96",
  gridSpecial: "#96569a",
  gridOther: "#9a9184",
  pipes: {
    low: "#0072b2",
    medium_b: "#006b49",
    medium_a: "#2fab89",
    sub_high_b: "#b07500",
    sub_high_a: "#e0a116",
    high_b: "#b84d00",
    high_a: "#e2785a",
  },
  pipeUnknown: "#5b636d",
  pipeCasing: "#ffffff",
  text: "#1a1f26",
  textMuted: "#4a5663",
  textRoad: "#333d48",
  halo: "#ffffff",
  accent: "#b80f3a",
  answer: "#b80f3a",
  answerVolume: "#d98a9d",
  buffer: "#96569a",
  sketch: OKABE_ITO.blue,
  sketchWrong: OKABE_ITO.vermilion,
  sky: "#ffffff",
  beyond: null,
};

const GENERIC = [OKABE_ITO.orange, OKABE_ITO.purple, OKABE_ITO.yellow, OKABE_ITO.sky, OKABE_ITO.vermilion, OKABE_ITO.green] as const;

/** A layer of no known kind keeps one colour by its name, so that it looks the same tomorrow. */
export function genericColour(name: string): string {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  return GENERIC[hash % GENERIC.length]!;
}
