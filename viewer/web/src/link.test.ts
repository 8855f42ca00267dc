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
  },
  past: { roads: 1, "建筑_2026": 12 },
};

describe("the view as a link", () => {
  it.each<Link>([
    FULL,
    {},
    { shown: [] },
    { threeD: false, language: "en" },
    { heat: { layer: "components", quantity: "count", column: "" } },
    { query: { layer: "grids", filter: "", ring: [] } },
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
    "#lang=fr&3d=2",
    "#%E0%A4%A",
  ])("leaves out what makes no sense: %s", (fragment) => {
    expect(decodeLink(fragment)).toEqual({});
  });

  it("asks without an outline when the outline is broken", () => {
    expect(decodeLink("#ask=buildings&area=1 2,3").query).toEqual({ layer: "buildings", filter: "", ring: [] });
    expect(decodeLink("#ask=buildings&area=1 2,3 4,x 6").query?.ring).toEqual([]);
  });
});
