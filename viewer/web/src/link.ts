/** The view as a link: everything another person needs to see the same, kept after the `#` so that no server logs it. */

import type { Position } from "geojson";
import type { Language } from "./i18n";
import type { SketchForm } from "./tools/outline";

export interface Camera {
  lon: number;
  lat: number;
  zoom: number;
  bearing: number;
  pitch: number;
}

export interface HeatChoice {
  layer: string;
  /** Empty for the count of features. */
  column: string;
  quantity: "count" | "mean" | "sum";
}

export interface QueryChoice {
  layer: string;
  filter: string;
  /** The drawn outline without its closing position. */
  ring: Position[];
  /** Whether a feature must lie wholly inside, or need only touch the outline. */
  within: boolean;
}

export interface BufferChoice {
  layer: string;
  distanceM: number;
  /** What was drawn; null where the buffer is that of the selected feature. */
  drawn: { form: SketchForm; positions: Position[] } | null;
}

export interface CompareChoice {
  layer: string;
  earlier: number;
  later: number;
}

export interface MeasureChoice {
  form: "line" | "polygon";
  positions: Position[];
}

/** Each part may be missing; a missing part leaves the page's own choice. */
export interface Link {
  /** Layers seen as an earlier version. */
  past?: Record<string, number>;
  camera?: Camera;
  shown?: string[];
  language?: Language;
  threeD?: boolean;
  selected?: { layer: string; id: number };
  heat?: HeatChoice;
  query?: QueryChoice;
  buffer?: BufferChoice;
  compare?: CompareChoice;
  measure?: MeasureChoice;
}

/** The most corners a drawing in a link may have; a longer link is cut off by chat programs, so such a drawing is left out. */
export const MAX_POSITIONS = 200;
/** The most characters a condition in a link may have. */
const MAX_FILTER_CHARS = 2_000;
const LEAST_POSITIONS: Record<SketchForm, number> = { point: 1, line: 2, polygon: 3 };

const rounded = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

export function encodeLink(link: Link): string {
  const parts = new URLSearchParams();
  const { camera, shown, language, threeD, selected, heat, query, buffer, compare, measure, past } = link;
  if (camera) {
    const { lon, lat, zoom, bearing, pitch } = camera;
    parts.set("at", [rounded(zoom, 2), rounded(lat, 6), rounded(lon, 6), rounded(bearing, 1), rounded(pitch, 1)].join("/"));
  }
  if (shown) parts.set("show", shown.join(","));
  if (language) parts.set("lang", language);
  if (threeD !== undefined) parts.set("3d", threeD ? "1" : "0");
  if (selected) parts.set("pick", `${selected.layer}/${selected.id}`);
  if (heat) parts.set("heat", [heat.layer, heat.quantity, heat.column].join("/"));
  if (query) {
    parts.set("ask", query.layer);
    if (query.filter && query.filter.length <= MAX_FILTER_CHARS) parts.set("filter", query.filter);
    if (query.ring.length && fits(query.ring)) parts.set("area", positionsText(query.ring));
    if (query.within) parts.set("within", "1");
  }
  if (buffer && fits(buffer.drawn?.positions ?? [])) {
    parts.set("buffer", `${buffer.distanceM}/${buffer.layer}`);
    if (buffer.drawn) parts.set("around", `${buffer.drawn.form}/${positionsText(buffer.drawn.positions)}`);
  }
  if (compare) parts.set("compare", `${compare.earlier}/${compare.later}/${compare.layer}`);
  if (measure && fits(measure.positions)) parts.set("measure", `${measure.form}/${positionsText(measure.positions)}`);
  if (past) parts.set("past", Object.entries(past).map(([layer, version]) => `${layer}/${version}`).join(","));
  // Slashes and commas are allowed in a fragment and read better unescaped.
  return parts.toString().replaceAll("%2F", "/").replaceAll("%2C", ",");
}

/** Reads a link; a part that makes no sense is left out, since a link may come from anywhere. */
export function decodeLink(fragment: string): Link {
  const parts = new URLSearchParams(fragment.replace(/^#/, ""));
  const link: Link = {};
  const camera = readCamera(parts.get("at"));
  if (camera) link.camera = camera;
  const shown = parts.get("show");
  if (shown !== null) link.shown = shown.split(",").filter(Boolean);
  const language = parts.get("lang");
  if (language === "zh" || language === "en") link.language = language;
  const threeD = parts.get("3d");
  if (threeD === "0" || threeD === "1") link.threeD = threeD === "1";
  const pick = /^([^/]+)\/(\d{1,16})$/.exec(parts.get("pick") ?? "");
  if (pick) link.selected = { layer: pick[1]!, id: Number(pick[2]) };
  const heat = /^([^/]+)\/(count|mean|sum)\/([^/]*)$/.exec(parts.get("heat") ?? "");
  if (heat) link.heat = { layer: heat[1]!, quantity: heat[2] as HeatChoice["quantity"], column: heat[3]! };
  const past = (parts.get("past") ?? "").split(",").map((part) => /^([^/]+)\/(\d{1,15})$/.exec(part)).filter((found) => found !== null);
  if (past.length) link.past = Object.fromEntries(past.map(([, layer, version]) => [layer!, Number(version)]));
  const ask = parts.get("ask");
  if (ask) link.query = { layer: ask, filter: parts.get("filter") ?? "", ring: readPositions(parts.get("area") ?? "", "polygon"), within: parts.get("within") === "1" };
  const buffer = /^(\d{1,5}(?:\.\d{1,6})?)\/([^/]+)$/.exec(parts.get("buffer") ?? "");
  const around = readDrawing(parts.get("around"));
  // A buffer whose drawing cannot be read is not that of whatever happens to be selected.
  if (buffer && (around || parts.get("around") === null)) link.buffer = { layer: buffer[2]!, distanceM: Number(buffer[1]), drawn: around };
  const compare = /^(\d{1,15})\/(\d{1,15})\/([^/]+)$/.exec(parts.get("compare") ?? "");
  if (compare) link.compare = { layer: compare[3]!, earlier: Number(compare[1]), later: Number(compare[2]) };
  const measure = readDrawing(parts.get("measure"));
  if (measure && measure.form !== "point") link.measure = { form: measure.form, positions: measure.positions };
  return link;
}

const fits = (positions: Position[]): boolean => positions.length <= MAX_POSITIONS;

const positionsText = (positions: Position[]): string => positions.map(([lon, lat]) => `${rounded(lon!, 7)} ${rounded(lat!, 7)}`).join(",");

function readDrawing(text: string | null): { form: SketchForm; positions: Position[] } | null {
  const found = /^(point|line|polygon)\/(.+)$/.exec(text ?? "");
  if (!found) return null;
  const form = found[1] as SketchForm;
  const positions = readPositions(found[2]!, form);
  return positions.length ? { form, positions } : null;
}

function readCamera(text: string | null): Camera | undefined {
  const numbers = (text ?? "").split("/").map((part) => (part.trim() ? Number(part) : Number.NaN));
  const [zoom, lat, lon, bearing = 0, pitch = 0] = numbers;
  if (numbers.length < 3 || !numbers.every(Number.isFinite)) return undefined;
  if (Math.abs(lat!) > 90 || Math.abs(lon!) > 180 || zoom! < 0 || zoom! > 24 || pitch < 0 || pitch > 85) return undefined;
  return { lon: lon!, lat: lat!, zoom: zoom!, bearing, pitch };
}

/** Empty where the text is no drawing of that form. */
function readPositions(text: string, form: SketchForm): Position[] {
  const ring = text.split(",").map((pair) => pair.trim().split(/\s+/).map(Number));
  const sound = ring.every(([lon, lat]) => lon !== undefined && lat !== undefined && Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
  return sound && ring.length >= LEAST_POSITIONS[form] && fits(ring) ? ring.map(([lon, lat]) => [lon!, lat!]) : [];
}
