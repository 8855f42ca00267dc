import { featureFilter, validateStyleMin, type Feature, type FilterSpecification } from "@maplibre/maplibre-gl-style-spec";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { CatalogLayer } from "../api";
import { legendOf } from "./legend";
import { NIGHT, PAPER } from "./palette";
import { composeStyle, isCityStyleLayer, type Overlays } from "./style";

/** Every kind of the model, and one that a newer server might send. */
const KINDS = [
  "building", "grid", "town", "gas_pipe", "valve", "regulator", "gas_customer", "sensor", "camera", "component", "station", "road", "water", "green",
  "power", "place", "generic", "a_kind_of_tomorrow",
];
const GEOMETRIES = ["point", "line", "polygon", "surface", "mixed"] as const;
const NOTHING = { type: "FeatureCollection" as const, features: [] };
const OVERLAYS: Overlays = { heat: NOTHING, change: NOTHING, buffer: NOTHING, answer: NOTHING, selection: NOTHING, sketch: NOTHING };

const layer = (kind: string, geometry: CatalogLayer["geometry"], name = `${kind}_${geometry}`): CatalogLayer => ({
  name, kind, geometry,
  title: "", title_en: "", count: 1, revision: 7, version: 1, versions: [1], bbox: [121, 31, 122, 32], crs: "EPSG:4490", vertical_datum: "", source: "", date: "",
  licence: "", quality: "", simulated: false, columns: [{ name: "name", type: "text" }], min_zoom: 0, max_zoom: 16,
  tiles: `/tiles/${name}.json`, items: `/collections/${name}/items`, cells: `/cells/${name}/{resolution}`,
});

const every = KINDS.flatMap((kind) => GEOMETRIES.map((geometry) => layer(kind, geometry)));
const compose = (layers: CatalogLayer[], change: { threeD?: boolean; palette?: typeof NIGHT; language?: "zh" | "en" } = {}) =>
  composeStyle({ layers, visible: new Set(layers.map(({ name }) => name)), palette: NIGHT, language: "zh", threeD: true, overlays: OVERLAYS, ...change });

const passes = (filter: FilterSpecification | undefined, feature: Pick<Feature, "type" | "properties">) =>
  featureFilter(filter, "filter").filter({ zoom: 10 }, feature as Feature);

beforeAll(() => vi.stubGlobal("location", { origin: "http://city.test" }));

describe("the map's style", () => {
  it.each([
    [{ palette: NIGHT, threeD: true, language: "zh" as const }],
    [{ palette: PAPER, threeD: false, language: "en" as const }],
  ])("is valid by the style specification for every kind and geometry (%#)", (change) => {
    expect(validateStyleMin(compose(every, change)).map(({ message }) => message)).toEqual([]);
  });

  it.each(every.map((one) => [one.name, one] as const))("shows %s by itself", (name, one) => {
    expect(compose([one]).layers.some((spec) => isCityStyleLayer(spec) && "source" in spec && spec.source === name)).toBe(true);
  });

  it("draws areas under lines, lines under points, pipes over buildings", () => {
    const order = compose([layer("valve", "point"), layer("gas_pipe", "line"), layer("building", "polygon"), layer("road", "line"), layer("town", "polygon")])
      .layers.map(({ id }) => id);
    const sequence = ["town_polygon:area", "road_line:casing", "road_line:line", "building_polygon:volume", "gas_pipe_line:line", "valve_point:icon", "~selection:line"];
    expect(sequence.map((id) => order.indexOf(id))).not.toContain(-1);
    expect(order.filter((id) => sequence.includes(id))).toEqual(sequence);
  });

  it("asks this server only, with the revision in the address", () => {
    const style = compose(every);
    expect(style.glyphs).toBeUndefined();
    expect(style.sprite).toBeUndefined();
    for (const source of Object.values(style.sources)) {
      if (source.type === "vector") expect(source.tiles).toEqual([expect.stringMatching(/^http:\/\/city\.test\/tiles\/\w+\/\{z\}\/\{x\}\/\{y\}\?revision=7$/)]);
    }
  });

  it("draws clusters as discs with their count, and single points as themselves", () => {
    const cluster = { type: 1 as const, properties: { point_count: 12 } };
    const single = { type: 1 as const, properties: { class: "gas" } };
    const shown = (feature: typeof cluster | typeof single) =>
      compose([layer("sensor", "point")]).layers.flatMap((spec) => ("filter" in spec && isCityStyleLayer(spec) && passes(spec.filter, feature) ? [spec.id] : []));
    expect(shown(cluster)).toEqual(["sensor_point:cluster", "sensor_point:count"]);
    expect(shown(single)).toEqual(["sensor_point:dot", "sensor_point:icon"]);
  });

  it("names areas at their label points", () => {
    const names = compose([layer("grid", "polygon"), layer("town", "polygon")]).layers.filter(({ id }) => id.endsWith(":label"));
    expect(names.map((spec) => "source-layer" in spec && spec["source-layer"])).toEqual(["grid_polygon_label", "town_polygon_label"]);
  });

  it("hides what is not visible and lays buildings flat without 3D", () => {
    const building = layer("building", "polygon");
    const hidden = composeStyle({ layers: [building], visible: new Set(), palette: NIGHT, language: "zh", threeD: true, overlays: OVERLAYS });
    expect(hidden.layers.some(isCityStyleLayer)).toBe(false);
    expect(compose([building], { threeD: false }).layers.some(({ type }) => type === "fill-extrusion")).toBe(false);
  });

  it("explains every pressure class and tells neighbours apart by width", () => {
    const [unknown, ...classes] = legendOf(layer("gas_pipe", "line"), NIGHT).reverse();
    const entries = classes.reverse();
    // What nobody knows is drawn as none of the classes.
    expect(unknown?.swatch).toMatchObject({ colour: NIGHT.pipeUnknown, dashed: true });
    expect(Object.values(NIGHT.pipes)).not.toContain(NIGHT.pipeUnknown);
    const widths = entries.map(({ swatch }) => (swatch.form === "line" ? swatch.widthPx : 0));
    expect(entries).toHaveLength(7);
    expect(widths).toEqual([...new Set(widths)].sort((a, b) => b - a));
  });
});
