import { describe, expect, it } from "vitest";
import { VIRIDIS } from "../cartography/palette";
import { classLimits, classOf, resolutionAt } from "./heat-scale";
import { crossesItself, sketched } from "./outline";
import { zoomOf } from "./sheet-scale";

describe("outline", () => {
  it.each([
    ["triangle", [[0, 0], [1, 0], [0, 1]], false],
    ["square", [[0, 0], [1, 0], [1, 1], [0, 1]], false],
    ["concave", [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]], false],
    ["bow tie", [[0, 0], [1, 1], [1, 0], [0, 1]], true],
    ["last edge crosses", [[0, 0], [4, 0], [4, 4], [2, -1]], true],
    ["two corners", [[0, 0], [1, 0]], false],
  ])("%s", (_name, ring, crosses) => {
    expect(crossesItself(ring)).toBe(crosses);
    expect(crossesItself([...ring].reverse())).toBe(crosses);
  });
});

it("draws an outline that crosses itself as what is wrong, and without an inside", () => {
  const parts = (positions: number[][], form: "polygon" | "line" = "polygon") => sketched(form, positions).map(({ geometry, properties }) => `${geometry.type} ${properties!["wrong"]}`);
  expect(parts([[0, 0], [1, 0], [1, 1], [0, 1]]).slice(0, 2)).toEqual(["Polygon false", "LineString false"]);
  const bowTie = sketched("polygon", [[0, 0], [1, 1], [1, 0], [0, 1]]);
  expect(bowTie.map(({ geometry }) => geometry.type)).toEqual(["LineString", "Point", "Point", "Point", "Point"]);
  expect(bowTie.every(({ properties }) => properties!["wrong"] === true)).toBe(true);
  // The edge that closes it is drawn too; a path may cross itself.
  expect(bowTie[0]!.geometry).toMatchObject({ coordinates: [[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]] });
  expect(parts([[0, 0], [1, 1], [1, 0], [0, 1]], "line")[0]).toBe("LineString false");
  expect(parts([[0, 0], [1, 1]])).toEqual(["LineString false", "Point false", "Point false"]);
});

describe("heat classes", () => {
  it("uses the whole ramp for many values, in order", () => {
    const values = Array.from({ length: 700 }, (_, i) => i);
    const limits = classLimits(values);
    expect(limits).toHaveLength(VIRIDIS.length - 1);
    const classes = values.map((value) => classOf(value, limits));
    expect(classes).toEqual([...classes].sort((a, b) => a - b));
    expect(new Set(classes).size).toBe(VIRIDIS.length);
  });

  it.each([
    ["nothing", [], []],
    ["one value", [5, 5, 5], []],
    ["two values", [1, 9], [9]],
  ])("of %s", (_name, values, limits) => {
    expect(classLimits(values)).toEqual(limits);
  });

  it("keeps cells between 30 and 120 pixels wide at every zoom", () => {
    // H3's average edge lengths in km by resolution (h3geo.org, table of cell statistics); a cell is √3 edges wide.
    const edgesKm = [1281.256, 483.0568, 182.5129, 68.97922, 26.07175, 9.854090, 3.724532, 1.406475, 0.5310, 0.2008, 0.0759, 0.0287, 0.0108, 0.0041];
    for (let zoom = 3; zoom <= 19; zoom += 0.25) {
      const pixelM = (78_271.517 * Math.cos((31.9 * Math.PI) / 180)) / 2 ** zoom;
      const widthPx = (edgesKm[resolutionAt(zoom)]! * 1000 * Math.sqrt(3)) / pixelM;
      expect(widthPx, `zoom ${zoom}`).toBeGreaterThan(30);
      expect(widthPx, `zoom ${zoom}`).toBeLessThan(120);
    }
  });
});

describe("sheet scale", () => {
  it.each([[1_000, 31.9], [10_000, 31.9], [25_000, 60.17], [500_000, 0]])("1:%d at latitude %d", (scale, lat) => {
    // 96 px are one inch; a Web Mercator world of 512·2^zoom px spans the equator.
    const groundMPerPx = (40_075_016.6856 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoomOf(scale, lat));
    expect(groundMPerPx / (0.0254 / 96)).toBeCloseTo(scale, 3);
  });
});
