/** What the page knows and shows at this moment, and who wants to hear when it changes. */

import type { Feature, Position } from "geojson";
import { api, Refusal, type Catalog, type CatalogLayer } from "./api";
import { CityMap, type Hit } from "./city-map";
import { language, onLanguage, setLanguage, t, type Language } from "./i18n";
import { decodeLink, encodeLink, MAX_POSITIONS, type BufferChoice, type CompareChoice, type HeatChoice, type Link, type MeasureChoice, type QueryChoice } from "./link";
import { reason } from "./refusal";
import { bounds } from "./bounds";
import { scaleOf } from "./cartography/wall";

export interface Selection {
  layer: CatalogLayer;
  id: number;
  feature: Feature | null;
  /** Why the feature could not be read. */
  failure: string;
  /** The version looked at does not have it. */
  absent: boolean;
  others: Hit[];
}

/** What the colours of the heat mean, for the panel and the printed sheet. */
export interface HeatLegend {
  title: string;
  steps: { colour: string; words: string }[];
}

type Event = "catalog" | "visible" | "selection" | "trouble";

/** Looking under the pointer costs a search in the tiles; more often than this nobody sees. */
const HOVER_MS = 60;

/** A click on a cluster goes so many zooms deeper, where it has come apart into some four to sixteen. */
const CLUSTER_ZOOMS = 2;

/** Tiles that failed are asked for again after this; until then a banner says that some are missing. */
const RETRY_MS = 5_000;

/** The heart of a city without a named one is the cell of this H3 resolution with most buildings: some 460 m across. */
const HEART_RESOLUTION = 8;
const HEART_TIMEOUT_MS = 4_000;

/** Kinds that would cover the city at first sight; one click shows them. */
const HIDDEN_AT_FIRST = new Set(["gas_customer", "component", "camera"]);

export class Page {
  catalog: Catalog | null = null;
  visible = new Set<string>();
  /** Layers seen as an earlier version: name to version. All others are seen as they are now. */
  readonly past = new Map<string, number>();
  threeD: boolean;
  selection: Selection | null = null;
  heat: HeatChoice | null = null;
  heatLegend: HeatLegend | null = null;
  query: QueryChoice | null = null;
  buffer: BufferChoice | null = null;
  compare: CompareChoice | null = null;
  measure: MeasureChoice | null = null;
  /** Some of the picture is missing although the server answers. */
  incomplete = false;
  readonly map: CityMap;
  /** What the page was opened with. */
  readonly opened: Link;
  /** True while a tool is reading clicks, so that they choose no feature. */
  sketching = false;
  private readonly listeners = new Map<Event, (() => void)[]>();
  private known = new Set<string>();

  constructor(container: HTMLElement, opened: Link) {
    this.opened = opened;
    this.threeD = opened.threeD ?? true;
    this.heat = opened.heat ?? null;
    this.query = opened.query ?? null;
    this.buffer = opened.buffer ?? null;
    this.compare = opened.compare ?? null;
    this.measure = opened.measure ?? null;
    for (const [name, version] of Object.entries(opened.past ?? {})) this.past.set(name, version);
    this.map = new CityMap(container, opened.camera, () => this.tilesFailed());
    void this.map.compose({ language: language(), threeD: this.threeD });
    onLanguage(() => {
      void this.map.compose({ language: language() });
      this.map.libre.getCanvas().setAttribute("aria-label", t("page.map"));
      this.writeLink();
    });
    const { libre } = this.map;
    libre.on("moveend", () => this.writeLink());
    libre.on("click", (event) => {
      if (this.sketching) return;
      const [first, ...others] = this.map.hits(event.point);
      const cluster = this.map.clusterAt(event.point);
      if (cluster) libre.easeTo({ center: cluster, zoom: libre.getZoom() + CLUSTER_ZOOMS });
      else if (first) void this.select(first.layer, first.id, others);
      else this.deselect();
    });
    let looked = 0;
    libre.on("mousemove", (event) => {
      if (this.sketching || event.originalEvent.timeStamp - looked < HOVER_MS) return;
      looked = event.originalEvent.timeStamp;
      libre.getCanvas().style.cursor = this.map.hits(event.point).length || this.map.clusterAt(event.point) ? "pointer" : "";
    });
  }

  on(event: Event, listener: () => void): void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
  }

  layer(name: string): CatalogLayer | undefined {
    return this.layers().find((layer) => layer.name === name);
  }

  /** The catalogue's layers, each at the version that is looked at; a version that is no longer kept is left for the current one. */
  layers(): CatalogLayer[] {
    return (this.catalog?.layers ?? []).map((layer) => {
      const seen = this.past.get(layer.name);
      return seen !== undefined && seen !== layer.version && layer.versions.includes(seen) ? { ...layer, seen } : layer;
    });
  }

  /** Looks at a layer as it was; the current version ends that. */
  lookAt(name: string, version: number): void {
    const layer = this.layer(name);
    if (!layer) return;
    if (version === layer.version) this.past.delete(name);
    else this.past.set(name, version);
    if (this.selection?.layer.name === name) this.deselect();
    void this.map.compose({ layers: this.layers() });
    this.emit("visible");
    this.writeLink();
  }

  /** Takes a changed catalogue; a layer never seen before shows itself. Done when its layers and, the first time, the view are on the map. */
  receive(catalog: Catalog): Promise<void> {
    const first = this.catalog === null;
    this.catalog = catalog = withoutSharedSource(catalog);
    for (const { name, kind } of catalog.layers) {
      if (this.known.has(name)) continue;
      this.known.add(name);
      const shown = first && this.opened.shown ? this.opened.shown.includes(name) : !HIDDEN_AT_FIRST.has(kind) || !first;
      if (shown) this.visible.add(name);
    }
    const arranged = [this.map.compose({ layers: this.layers(), visible: new Set(this.visible) })];
    if (first) {
      if (!this.opened.camera) arranged.push(this.home(false));
      if (this.opened.selected) void this.select(this.opened.selected.layer, this.opened.selected.id);
    } else if (this.selection) {
      void this.select(this.selection.layer.name, this.selection.id, this.selection.others);
    }
    this.emit("catalog");
    return Promise.all(arranged).then(() => undefined);
  }

  /** The server answers again: what failed meanwhile is asked for anew. */
  reconnected(): void {
    this.retry();
  }

  show(name: string, shown: boolean): void {
    if (shown) this.visible.add(name);
    else this.visible.delete(name);
    void this.map.compose({ visible: new Set(this.visible) });
    this.emit("visible");
    this.writeLink();
  }

  setThreeD(threeD: boolean): void {
    this.threeD = threeD;
    void this.map.compose({ threeD: threeD && !this.heat });
    this.map.libre.easeTo({ pitch: threeD ? 50 : 0, ...(threeD ? {} : { bearing: 0 }) });
    this.emit("visible");
    this.writeLink();
  }

  /** Chooses a feature; one that was `found` in the current version may be missing in the one looked at. */
  async select(name: string, id: number, others: Hit[] = [], found = false): Promise<Selection | null> {
    const layer = this.layer(name);
    if (!layer) return null;
    const selection: Selection = { layer, id, feature: null, failure: "", absent: false, others };
    this.selection = selection;
    try {
      selection.absent = found && layer.seen !== undefined && !(await api.has(layer, id));
      if (!selection.absent) selection.feature = await api.item(layer, id);
    } catch (failure) {
      if (failure instanceof Refusal && failure.status === 404 && layer.seen !== undefined) selection.absent = true;
      else selection.failure = reason(failure);
    }
    // Another click may have come first.
    if (this.selection !== selection) return null;
    const body = layer.kind === "building";
    this.map.mark("chosen", name, body && selection.feature ? [id] : []);
    this.map.overlay("selection", selection.feature?.geometry && !body ? [selection.feature] : []);
    this.emit("selection");
    this.writeLink();
    return selection;
  }

  deselect(): void {
    this.selection = null;
    this.map.mark("chosen", "", []);
    this.map.overlay("selection", []);
    this.emit("selection");
    this.writeLink();
  }

  /** Brings geometry into view, between the side panels. */
  fit(box: [number, number, number, number]): void {
    const [west, south, east, north] = box;
    this.map.libre.fitBounds([[west, south], [east, north]], { padding: sidePadding(), maxZoom: 17, duration: 900 });
  }

  fitFeature(feature: Feature): void {
    if (feature.geometry) this.fit(bounds(feature.geometry));
  }

  fly(position: Position, zoom: number): void {
    const [lon, lat] = position;
    this.map.libre.flyTo({ center: [lon!, lat!], zoom: Math.max(zoom, this.map.libre.getZoom()), duration: 1200 });
  }

  /** The densest part of the city, seen from a corner; the union of the layers' extents where nothing says more. */
  async home(animated: boolean): Promise<void> {
    const heart = await this.heart();
    const { libre } = this.map;
    if (heart) {
      // The same piece of city on a wall as on a desk: a zoom shows half as much in the same pixels.
      const view = { center: heart, zoom: 15.2 + Math.log2(scaleOf(window.innerWidth)), pitch: this.threeD ? 52 : 0, bearing: this.threeD ? -24 : 0 };
      if (animated) libre.flyTo({ ...view, duration: 1500 });
      else libre.jumpTo(view);
      return;
    }
    const box = union((this.catalog?.layers ?? []).map(({ bbox }) => bbox));
    if (box) libre.fitBounds([[box[0], box[1]], [box[2], box[3]]], { padding: 40, animate: animated });
  }

  /** Chooses or ends heat. Under it buildings lie flat: walls would tint the colours that the legend explains. */
  setHeat(heat: HeatChoice | null): void {
    this.heat = heat;
    if (!heat) this.heatLegend = null;
    void this.map.compose({ threeD: this.threeD && !heat });
    this.writeLink();
  }

  link(): Link {
    return {
      camera: this.map.camera(),
      shown: [...this.visible].sort(),
      language: language(),
      threeD: this.threeD,
      ...(this.selection ? { selected: { layer: this.selection.layer.name, id: this.selection.id } } : {}),
      ...(this.heat ? { heat: this.heat } : {}),
      ...(this.query ? { query: this.query } : {}),
      ...(this.buffer ? { buffer: this.buffer } : {}),
      ...(this.compare ? { compare: this.compare } : {}),
      ...(this.measure ? { measure: this.measure } : {}),
      ...(this.past.size ? { past: Object.fromEntries(this.past) } : {}),
    };
  }

  writeLink(): void {
    // Before the first catalogue the page does not know its own state yet.
    if (this.catalog) history.replaceState(null, "", `#${encodeLink(this.link())}`);
  }

  /** Whether what was drawn is too much for a link. */
  linkIsPartial(): boolean {
    return [this.query?.ring, this.buffer?.drawn?.positions, this.measure?.positions].some((positions) => (positions?.length ?? 0) > MAX_POSITIONS);
  }

  private tilesFailed(): void {
    if (this.incomplete) return;
    this.incomplete = true;
    this.emit("trouble");
    setTimeout(() => this.retry(), RETRY_MS);
  }

  private retry(): void {
    this.incomplete = false;
    this.emit("trouble");
    this.map.reload();
  }

  private emit(event: Event): void {
    for (const listener of this.listeners.get(event) ?? []) listener();
  }

  private async heart(): Promise<[number, number] | null> {
    const places = this.catalog?.layers.find(({ kind, columns }) => kind === "place" && columns.some(({ name }) => name === "class"));
    const city = places && (await api.items(places, { filter: "class = 'city'", "filter-lang": "cql2-text", limit: "1" }).catch(() => null));
    const geometry = city?.features[0]?.geometry;
    if (geometry?.type === "Point") return [geometry.coordinates[0]!, geometry.coordinates[1]!];
    // No place says so: then where most buildings stand. The middle of the extent may be a mountain or a lake.
    const buildings = this.catalog?.layers.find(({ kind, bbox }) => kind === "building" && bbox);
    if (!buildings) return null;
    const cells = await api.cells(buildings, HEART_RESOLUTION, {}, AbortSignal.timeout(HEART_TIMEOUT_MS)).catch(() => null);
    const crowd = (cell: Feature) => Number(cell.properties?.["count"] ?? 0);
    const densest = cells?.features.reduce<Feature | null>((best, cell) => (best && crowd(best) >= crowd(cell) ? best : cell), null);
    const box = densest?.geometry ? bounds(densest.geometry) : buildings.bbox!;
    return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  }
}

/** Opens the page's state from the address it was called with. */
export function openPage(container: HTMLElement, preferred: Language): Page {
  const opened = decodeLink(location.hash);
  setLanguage(opened.language ?? preferred);
  return new Page(container, opened);
}

function union(boxes: (CatalogLayer["bbox"])[]): [number, number, number, number] | null {
  const known = boxes.filter((box) => box !== null);
  if (!known.length) return null;
  return [Math.min(...known.map((b) => b[0])), Math.min(...known.map((b) => b[1])), Math.max(...known.map((b) => b[2])), Math.max(...known.map((b) => b[3]))];
}

/** Titles that all end in the same “ · source” say it once too often in every row: the bar and the card name the source. */
function withoutSharedSource(catalog: Catalog): Catalog {
  const source = (title: string) => / · [^·]+$/.exec(title)?.[0] ?? "";
  const shared = (titles: string[]) => (titles.length > 1 && titles.every((title) => source(title) === source(titles[0]!)) ? source(titles[0]!).length : 0);
  const cut = { title: shared(catalog.layers.map(({ title }) => title)), title_en: shared(catalog.layers.map(({ title_en }) => title_en)) };
  const short = (title: string, length: number) => title.slice(0, title.length - length);
  return { ...catalog, layers: catalog.layers.map((layer) => ({ ...layer, title: short(layer.title, cut.title), title_en: short(layer.title_en, cut.title_en) })) };
}

/** Room for the panels; a narrow window has none to give. */
function sidePadding(): { top: number; bottom: number; left: number; right: number } {
  const wide = window.innerWidth > 1000;
  const scale = scaleOf(window.innerWidth);
  return { top: 90 * scale, bottom: 60 * scale, left: wide ? 320 * scale : 40, right: wide ? 420 * scale : 40 };
}
