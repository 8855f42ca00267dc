/** The view as a link: everything another person needs to see the same, kept after the `#` so that no server logs it. */

import type { Position } from "geojson";
import type { Language } from "./i18n";

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
}

/** The most corners an outline in a link may have; a longer link is cut off by chat programs. */
const MAX_RING_POSITIONS = 200;

const rounded = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

export function encodeLink(link: Link): string {
  const parts = new URLSearchParams();
  const { camera, shown, language, threeD, selected, heat, query, past } = link;
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
    if (query.filter) parts.set("filter", query.filter);
    if (query.ring.length) parts.set("area", query.ring.map(([lon, lat]) => `${rounded(lon!, 6)} ${rounded(lat!, 6)}`).join(","));
  }
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
  if (ask) link.query = { layer: ask, filter: parts.get("filter") ?? "", ring: readRing(parts.get("area") ?? "") };
  return link;
}

function readCamera(text: string | null): Camera | undefined {
  const numbers = (text ?? "").split("/").map((part) => (part.trim() ? Number(part) : Number.NaN));
  const [zoom, lat, lon, bearing = 0, pitch = 0] = numbers;
  if (numbers.length < 3 || !numbers.every(Number.isFinite)) return undefined;
  if (Math.abs(lat!) > 90 || Math.abs(lon!) > 180 || zoom! < 0 || zoom! > 24 || pitch < 0 || pitch > 85) return undefined;
  return { lon: lon!, lat: lat!, zoom: zoom!, bearing, pitch };
}

function readRing(text: string): Position[] {
  const ring = text.split(",").map((pair) => pair.trim().split(/\s+/).map(Number));
  const sound = ring.every(([lon, lat]) => lon !== undefined && lat !== undefined && Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
  return sound && ring.length >= 3 && ring.length <= MAX_RING_POSITIONS ? ring.map(([lon, lat]) => [lon!, lat!]) : [];
}
