/** What the server says, and how it is asked. Paths are those of the HTTP API that every client has. */

import type { Feature, FeatureCollection, Geometry } from "geojson";
import type { ChangeClass } from "./cartography/palette";

export interface CatalogColumn {
  name: string;
  type: "bool" | "int" | "float" | "text" | "date" | "datetime";
}

export interface CatalogLayer {
  name: string;
  title: string;
  title_en: string;
  kind: string;
  geometry: "point" | "line" | "polygon" | "surface" | "mixed";
  count: number;
  revision: number;
  version: number;
  /** Every version that can be seen, the current one among them. */
  versions: number[];
  /** The earlier version that is looked at instead of the current one. */
  seen?: number;
  bbox: [number, number, number, number] | null;
  crs: string;
  vertical_datum: string;
  source: string;
  date: string;
  licence: string;
  quality: string;
  simulated: boolean;
  quarantined?: number;
  columns: CatalogColumn[];
  min_zoom: number;
  max_zoom: number;
  tiles: string;
  items: string;
  cells: string;
}

export interface Catalog {
  title: string;
  title_en: string;
  simulated: boolean;
  revision?: number;
  layers: CatalogLayer[];
}

export interface SearchResult {
  kind: "layer" | "feature";
  layer: string;
  id?: number;
  name: string;
  title: string;
  lon?: number;
  lat?: number;
}

/** A page of features; `numberMatched` counts every match, not only this page. */
export interface Items extends FeatureCollection<Geometry | null> {
  numberMatched: number;
  numberReturned: number;
}

/** A feature that differs between two versions: its later shape, or the earlier one of what is gone. */
export interface ChangedFeature extends Feature<Geometry> {
  properties: {
    /** Every class that it has, the weightiest first. */
    changes: ChangeClass[];
    earlier_height_m?: number | null;
    height_m?: number | null;
    earlier_area_m2?: number | null;
    area_m2?: number | null;
    moved_m?: number | null;
    source_id?: string | null;
  };
}

/** A page of what changed; `counts` are of all of it, and a feature counts in each class that it has. */
export interface Changes extends FeatureCollection<Geometry> {
  features: ChangedFeature[];
  numberMatched: number;
  counts: Record<ChangeClass | "unchanged", number>;
}

/** The server's refusal, in its own words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    title: string,
    readonly detail: string,
    readonly parameter: string | undefined,
  ) {
    super(title);
  }
}

/** As many as the server gives: equal names are told apart by where they are, so the nearest must be among them. */
export const MAX_SEARCH_RESULTS = 100;

/** The server refuses addresses over 48 KiB; the page says it first, with room for its host and paging. */
export const MAX_REQUEST_CHARS = 45_000;

async function json<Body>(path: string, parameters: Record<string, string> = {}, signal?: AbortSignal): Promise<Body> {
  const response = await fetch(address(path, parameters), { headers: { accept: "application/json" }, signal: signal ?? null });
  if (response.ok) return (await response.json()) as Body;
  const problem = (await response.json().catch(() => ({}))) as { title?: string; detail?: string; parameter?: string };
  throw new Refusal(response.status, problem.title ?? response.statusText, problem.detail ?? "", problem.parameter);
}

/** The path with its parameters, root-absolute. */
export function address(path: string, parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}

export const api = {
  catalog: (signal: AbortSignal) => json<Catalog>("/catalog", {}, signal),
  items: (layer: CatalogLayer, parameters: Record<string, string>) => json<Items>(layer.items, { ...versionOf(layer), ...parameters }),
  changes: (layer: CatalogLayer, parameters: Record<string, string>, signal: AbortSignal) => json<Changes>(changesOf(layer), parameters, signal),
  /**
   * Whether the version looked at has a feature of the current one. Told by its source key, which keeps its id from version to version; one without a
   * key counts as there, and is asked for itself.
   */
  has: async (layer: CatalogLayer, id: number): Promise<boolean> => {
    const key = (await json<Feature>(`${layer.items}/${id}`)).properties?.["source_id"] as string | null | undefined;
    if (key === null || key === undefined) return true;
    const filter = `source_id = '${key.replaceAll("'", "''")}'`;
    const items = await api.items(layer, { filter, "filter-lang": "cql2-text", limit: "10" });
    return items.features.some((feature) => feature.id === id);
  },
  item: (layer: CatalogLayer, id: number) => json<Feature>(`${layer.items}/${id}`, versionOf(layer)),
  cells: (layer: CatalogLayer, resolution: number, parameters: Record<string, string>, signal: AbortSignal) =>
    json<FeatureCollection>(layer.cells.replace("{resolution}", String(resolution)), { ...versionOf(layer), ...parameters }, signal),
  search: (text: string, signal: AbortSignal) =>
    json<{ results: SearchResult[] }>("/search", { q: text, limit: String(MAX_SEARCH_RESULTS) }, signal),
  buffer: (geometry: string, distanceM: number) =>
    json<Feature>("/buffer", { geometry, distance_m: String(distanceM) }),
};

/** Where a layer tells what changed in it. */
export const changesOf = ({ items }: CatalogLayer): string => items.replace(/items$/, "changes");

/** The parameter that asks for the version looked at; none asks for the current one. */
export const versionOf = ({ seen }: CatalogLayer): Record<string, string> => (seen === undefined ? {} : { version: String(seen) });

/** The tile address template of a layer; the revision in it makes a changed layer a new address. */
export function tileTemplate(layer: CatalogLayer): string {
  return `${location.origin}${layer.tiles.replace(/\.json$/, "")}/{z}/{x}/{y}?revision=${layer.revision}${layer.seen === undefined ? "" : `&version=${layer.seen}`}`;
}
