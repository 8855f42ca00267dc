import { createExpression, featureFilter, validateStyleMin, type Feature, type FilterSpecification } from "@maplibre/maplibre-gl-style-spec";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { CatalogLayer } from "../api";
import { legendOf, overlayLegend } from "./legend";
import { CHANGE_COLOURS, CLASS_UNKNOWN, NIGHT, PAPER } from "./palette";
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

  it("shows what nobody knows as unknown, by a colour that the legend explains and no class has", () => {
    /** The colour of one property of a style layer for a feature. */
    const colourOf = (id: string, property: string, spec: ReturnType<typeof compose>, properties: Record<string, unknown>) => {
      const found = spec.layers.find((one) => one.id === id)!;
      const value = (found.paint as Record<string, unknown>)[property] ?? (found.layout as Record<string, unknown>)[property];
      const expression = createExpression(value, property, { type: property === "icon-image" ? "string" : "color", "property-type": "data-driven" } as never);
      if (expression.result === "error") throw new Error(String(expression.value));
      const result = expression.value.evaluate({ zoom: 15 }, { type: 3, properties } as never, {}) as unknown;
      return typeof result === "string" ? result : (result as { toString(): string }).toString();
    };
    const buildings = layer("building", "polygon");
    const flat = compose([buildings], { threeD: false });
    const low = colourOf("building_polygon:area", "fill-color", flat, { height_m: 3 });
    for (const properties of [{}, { levels: 1 }]) {
      const unknown = colourOf("building_polygon:area", "fill-color", flat, properties);
      expect(unknown).not.toBe(low);
      expect(colourOf("building_polygon:volume", "fill-extrusion-color", compose([buildings]), properties)).toBe(unknown);
    }
    const hatched = flat.layers.find(({ id }) => id === "building_polygon:unknown")!;
    expect([{}, { height_m: 0 }].map((properties) => passes("filter" in hatched ? hatched.filter : undefined, { type: 3, properties }))).toEqual([true, false]);
    for (const palette of [NIGHT, PAPER]) expect(legendOf(buildings, palette).at(-1)?.swatch).toMatchObject({ colour: palette.heightUnknown, hatch: palette.heightUnknownHatch });
    // Points by class: none of them takes the colour of a class for want of one.
    for (const kind of ["sensor", "valve", "gas_customer"]) {
      expect(colourOf(`${kind}_point:dot`, "circle-color", compose([layer(kind, "point")]), {})).toBe(colourOf(`${kind}_point:dot`, "circle-color", compose([layer(kind, "point")]), { class: "?", status: "?" }));
      expect(colourOf(`${kind}_point:icon`, "icon-image", compose([layer(kind, "point")]), {})).toContain(CLASS_UNKNOWN);
    }
    for (const kind of ["sensor", "valve", "gas_customer", "road", "green", "grid"]) {
      const swatches = legendOf(layer(kind, kind === "road" ? "line" : kind === "green" || kind === "grid" ? "polygon" : "point"), NIGHT).map(({ swatch }) => JSON.stringify(swatch));
      expect(new Set(swatches).size, kind).toBe(swatches.length);
    }
  });

  it("dims one layer and keeps its buildings on the ground drawn at every zoom", () => {
    const building = layer("building", "polygon");
    const area = (dimmed: string | null) =>
      composeStyle({ layers: [building], visible: new Set([building.name]), palette: NIGHT, language: "zh", threeD: false, overlays: OVERLAYS, dimmed }).layers.find(({ id }) => id === "building_polygon:area")!;
    expect(area(building.name).paint).toMatchObject({ "fill-opacity": 0.4 });
    expect(area(null).paint).not.toHaveProperty("fill-opacity");
    // MapLibre takes no limit away: coming from 3D, a missing one would leave the buildings hidden.
    expect(area(null)).toMatchObject({ maxzoom: 24 });
  });

  it("writes codes only from close by, on a wall one zoom later for each doubling of its letters", () => {
    const layers = [layer("grid", "polygon"), layer("valve", "point")];
    const at = (scale: number) => composeStyle({ layers, visible: new Set(layers.map(({ name }) => name)), palette: NIGHT, language: "zh", threeD: true, overlays: OVERLAYS, scale });
    const codes = (scale: number) => {
      const style = at(scale);
      const field = style.layers.find(({ id }) => id === "valve_point:icon")!.layout as Record<string, unknown[]>;
      return [style.layers.find(({ id }) => id === "grid_polygon:label")!.minzoom, field["text-field"]![3]];
    };
    expect(codes(1)).toEqual([17.5, 17.5]);
    expect(codes(2)).toEqual([18.5, 18.5]);
    expect(at(2).layers.find(({ id }) => id === "grid_polygon:label")!.layout).toMatchObject({ "text-size": 22 });
  });

  it("is valid on a wall", () => {
    const style = composeStyle({ layers: every, visible: new Set(every.map(({ name }) => name)), palette: NIGHT, language: "en", threeD: true, overlays: OVERLAYS, scale: 2, dimmed: every[0]!.name });
    expect(validateStyleMin(style).map(({ message }) => message)).toEqual([]);
  });

  it("explains on the sheet what the tools have drawn", () => {
    const some = (properties: Record<string, unknown> = {}) => ({ type: "FeatureCollection" as const, features: [{ type: "Feature" as const, properties, geometry: { type: "Point" as const, coordinates: [0, 0] } }] });
    const labels = (overlays: Partial<Overlays>, answer = 0) => overlayLegend({ ...OVERLAYS, ...overlays }, { answer, chosen: 0 }, PAPER).map(({ label }) => label);
    expect(labels({})).toEqual([]);
    expect(labels({ sketch: some(), buffer: some() }, 3)).toEqual(["绘制的图形", "缓冲区", "查询结果"]);
    expect(labels({ change: some({ colour: CHANGE_COLOURS.removed }) })).toEqual(["消失"]);
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
