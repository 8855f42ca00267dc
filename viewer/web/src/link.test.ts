import { describe, expect, it } from "vitest";
import { decodeLink, encodeLink, type Link } from "./link";

const FULL: Link = {
  camera: { lon: 121.1667, lat: 31.8949, zoom: 15.25, bearing: -24.5, pitch: 52 },
  shown: ["buildings", "建筑_2026"],
  language: "zh",
  threeD: true,
  selected: { layer: "buildings", id: 9007199254740991 },
  heat: { layer: "sensors", quantity: "mean", column: "interval_s" },
  query: {
    layer: "buildings",
    filter: "height_m > 24 AND name LIKE '%门, 1/2&3=#%'",
    ring: [[121.15, 31.88], [121.19, 31.88], [121.19, 31.91]],
    within: true,
  },
  buffer: { layer: "buildings", distanceM: 62.5, drawn: { form: "line", positions: [[121.15, 31.88], [121.1900001, 31.88]] } },
  compare: { layer: "建筑_2026", earlier: 3, later: 12 },
  measure: { form: "polygon", positions: [[121.15, 31.88], [121.19, 31.88], [121.19, 31.91]] },
  past: { roads: 1, "建筑_2026": 12 },
};

describe("the view as a link", () => {
  it.each<Link>([
    FULL,
    {},
    { shown: [] },
    { threeD: false, language: "en" },
    { heat: { layer: "components", quantity: "count", column: "" } },
    { query: { layer: "grids", filter: "", ring: [], within: false } },
    { buffer: { layer: "grids", distanceM: 200, drawn: null } },
    { buffer: { layer: "grids", distanceM: 50000, drawn: { form: "point", positions: [[-179.5, 0]] } } },
    { measure: { form: "line", positions: [[121, 31], [122, 32]] } },
    { camera: { lon: -179.999999, lat: -85, zoom: 0, bearing: 0, pitch: 0 } },
  ])("comes back as it went: %j", (link) => {
    expect(decodeLink(`#${encodeLink(link)}`)).toEqual(link);
  });

  it.each([
    "#at=15/95/121/0/0",
    "#at=15/31",
    "#at=NaN/31/121/0/0",
    "#at=15//121/0/0",
    "#at=99/31/121/0/0",
    "#at=15/31/121/0/89",
    "#pick=buildings",
    "#pick=buildings/-1",
    "#heat=a/median/b",
    "#past=roads/now,roads,/3",
    "#buffer=-5/buildings",
    "#buffer=200/buildings&around=circle/121 31",
    "#buffer=200/buildings&around=polygon/121 31,122 32",
    "#compare=1/buildings",
    "#compare=a/b/buildings",
    "#measure=point/121 31",
    "#measure=line/121 31",
    "#lang=fr&3d=2",
    "#%E0%A4%A",
  ])("leaves out what makes no sense: %s", (fragment) => {
    expect(decodeLink(fragment)).toEqual({});
  });

  it("asks without an outline when the outline is broken", () => {
    expect(decodeLink("#ask=buildings&area=1 2,3").query).toEqual({ layer: "buildings", filter: "", ring: [], within: false });
    expect(decodeLink("#ask=buildings&area=1 2,3 4,x 6").query?.ring).toEqual([]);
  });

  it("stays short: a drawing of too many corners is left out, and nothing takes its place", () => {
    const positions = Array.from({ length: 201 }, (_, i) => [121 + i / 1000, 31]);
    const full: Link = { ...FULL, query: { ...FULL.query!, ring: positions }, buffer: { ...FULL.buffer!, drawn: { form: "line", positions } }, measure: { form: "line", positions } };
    const { query, buffer, measure, ...rest } = decodeLink(encodeLink(full));
    expect([query?.ring, buffer, measure]).toEqual([[], undefined, undefined]);
    expect(rest.compare).toEqual(FULL.compare);
    const most = Array.from({ length: 200 }, (_, i) => [Number((121.1234567 + i / 1000).toFixed(7)), 31.7654321]);
    const longest: Link = { ...FULL, query: { ...FULL.query!, ring: most }, buffer: { ...FULL.buffer!, drawn: { form: "line", positions: most } }, measure: { form: "line", positions: most } };
    expect(encodeLink(longest).length).toBeLessThan(16_000);
    expect(decodeLink(encodeLink(longest))).toEqual(longest);
  });
});
