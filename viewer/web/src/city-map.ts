/** The map itself: composes the style from what the page knows, and says what was clicked. */

import type { Feature, FeatureCollection } from "geojson";
import { Map as LibreMap, ScaleControl, setWorkerUrl, type GeoJSONSource, type MapGeoJSONFeature, type VectorTileSource } from "maplibre-gl";
import workerAddress from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { tileTemplate, type CatalogLayer } from "./api";
import { supplyIcons } from "./cartography/icons";
import { composeStyle, isCityStyleLayer, overlaySource, type Composition, type OverlayName, type Overlays } from "./cartography/style";
import { NIGHT } from "./cartography/palette";
import { scaleOf } from "./cartography/wall";
import type { Camera } from "./link";
import { featureName } from "./fields";
import { t } from "./i18n";

setWorkerUrl(workerAddress);

/** A click finds features this near, in CSS pixels: a finger and a pipe two pixels wide can meet. */
const REACH_PX = 4;

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const NO_OVERLAYS: Overlays = { heat: EMPTY, change: EMPTY, buffer: EMPTY, answer: EMPTY, selection: EMPTY, sketch: EMPTY };

/** A feature as the tiles show it; its full attributes are asked for by `layer` and `id`. */
export interface Hit {
  layer: string;
  id: number;
  name: string;
}

export type MarkState = "chosen" | "answer";

/** A building that is marked by its own colour. */
export interface Mark {
  source: string;
  sourceLayer: string;
  id: number;
}

/** A tile's place in the pyramid. */
interface TileAt {
  x: number;
  y: number;
  z: number;
}

export class CityMap {
  readonly libre: LibreMap;
  /** The style has been put on the map once. */
  readonly ready: Promise<void>;
  private composition: Composition = {
    layers: [],
    visible: new Set(),
    palette: NIGHT,
    language: "zh",
    threeD: true,
    overlays: NO_OVERLAYS,
    scale: scaleOf(window.innerWidth),
    dimmed: null,
  };
  /** By source, the tiles that could not be had. */
  private readonly failed = new Map<string, TileAt[]>();
  private cityStyleLayers: string[] = [];
  private marked: Record<MarkState, Mark[]> = { chosen: [], answer: [] };

  constructor(container: HTMLElement, camera: Camera | undefined, onTrouble: () => void) {
    this.libre = new LibreMap({
      container,
      style: composeStyle(this.composition),
      center: camera ? [camera.lon, camera.lat] : [121.17, 31.9],
      zoom: camera?.zoom ?? 9,
      bearing: camera?.bearing ?? 0,
      pitch: camera?.pitch ?? 0,
      maxPitch: 75,
      maxZoom: 20,
      attributionControl: false,
      fadeDuration: 150,
      localIdeographFontFamily: '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", sans-serif',
      refreshExpiredTiles: false,
    });
    this.libre.addControl(new ScaleControl({ maxWidth: 140, unit: "metric" }), "bottom-right");
    this.libre.getCanvas().setAttribute("aria-label", t("page.map"));
    supplyIcons(this.libre, NIGHT.beyond ? [{ pattern: "dots", colour: NIGHT.beyond }] : []);
    this.libre.on("error", (event) => {
      // Errors of a tile name their source and the tile; the type of the event does not say so.
      const { sourceId, tile } = event as { sourceId?: string; tile?: { tileID: { canonical: TileAt } } };
      if (sourceId && tile) this.failed.set(sourceId, [...(this.failed.get(sourceId) ?? []), tile.tileID.canonical]);
      onTrouble();
    });
    this.ready = new Promise((resolve) => this.libre.once("load", () => resolve()));
  }

  /** Shows a changed composition; what is not named stays. */
  async compose(change: Partial<Omit<Composition, "overlays" | "palette">>): Promise<void> {
    const before = new Map(this.composition.layers.map((layer) => [layer.name, layer]));
    this.composition = { ...this.composition, ...change };
    await this.ready;
    for (const layer of this.composition.layers) this.refreshTiles(layer, before.get(layer.name));
    const style = composeStyle(this.composition);
    this.cityStyleLayers = style.layers.filter(isCityStyleLayer).map(({ id }) => id);
    this.libre.setStyle(style, { diff: true });
    this.applyMarks();
  }

  /** Everything that is on the map now, for the printed sheet. */
  current(): Composition {
    return this.composition;
  }

  overlay(name: OverlayName, features: Feature[]): void {
    const data: FeatureCollection = { type: "FeatureCollection", features };
    this.composition = { ...this.composition, overlays: { ...this.composition.overlays, [name]: data } };
    const source = this.libre.getSource(overlaySource(name)) as GeoJSONSource | undefined;
    void source?.setData(data);
  }

  /**
   * Marks features of a layer, and no others, as `chosen` or as an `answer`. Bodies of buildings take the mark as their colour, everything else
   * is outlined by an overlay.
   */
  mark(state: MarkState, layer: string, ids: readonly number[]): void {
    for (const target of this.marked[state]) {
      if (this.libre.getSource(target.source)) this.libre.removeFeatureState(target, state);
    }
    this.marked[state] = ids.map((id) => ({ source: layer, sourceLayer: layer, id }));
    this.applyMarks();
  }

  /** Marks of each kind that are buildings' own colour. */
  marks(): Readonly<Record<MarkState, readonly Mark[]>> {
    return this.marked;
  }

  /** A link's answer may be there before the city's style is: what cannot be marked yet is marked with the next style. */
  private applyMarks(): void {
    for (const [state, targets] of Object.entries(this.marked)) {
      for (const target of targets) if (this.libre.getSource(target.source)) this.libre.setFeatureState(target, { [state]: true });
    }
  }

  /**
   * Asks again for the tiles that could not be had. They are named one by one: told to refresh a whole source, MapLibre waits for its
   * failed tiles as if they were on their way, and never asks for them.
   */
  reload(): void {
    const failed = [...this.failed];
    this.failed.clear();
    for (const [name, tiles] of failed) {
      if (this.libre.getSource(name)) this.libre.refreshTiles(name, tiles.map(({ x, y, z }) => ({ x, y, z })));
    }
  }

  /** City features at a point of the screen, topmost first, each once. */
  hits(point: { x: number; y: number }): Hit[] {
    const found = new Map<string, Hit>();
    for (const feature of this.drawnAt(point)) {
      // A cluster bears the id of one of its points, which is not what was clicked.
      if (feature.id === undefined || feature.properties["point_count"] !== undefined) continue;
      const hit = { layer: feature.source, id: Number(feature.id), name: featureName(feature.properties) };
      const key = `${hit.layer}/${hit.id}`;
      if (!found.has(key)) found.set(key, hit);
    }
    return [...found.values()];
  }

  /** Where the cluster lies that is on top at a point of the screen. */
  clusterAt(point: { x: number; y: number }): [number, number] | undefined {
    const [top] = this.drawnAt(point);
    const cluster = top?.properties["point_count"] === undefined ? undefined : top;
    return cluster?.geometry.type === "Point" ? (cluster.geometry.coordinates as [number, number]) : undefined;
  }

  private drawnAt({ x, y }: { x: number; y: number }): MapGeoJSONFeature[] {
    return this.libre.queryRenderedFeatures([[x - REACH_PX, y - REACH_PX], [x + REACH_PX, y + REACH_PX]], { layers: this.cityStyleLayers });
  }

  camera(): Camera {
    const { lng, lat } = this.libre.getCenter();
    return { lon: lng, lat, zoom: this.libre.getZoom(), bearing: this.libre.getBearing(), pitch: this.libre.getPitch() };
  }

  /** A new revision is a new tile address; changed in place, so that the picture does not go dark in between. */
  private refreshTiles(layer: CatalogLayer, before: CatalogLayer | undefined): void {
    if (!before || before.revision === layer.revision) return;
    const source = this.libre.getSource(layer.name) as VectorTileSource | undefined;
    source?.setTiles([tileTemplate(layer)]);
  }
}
