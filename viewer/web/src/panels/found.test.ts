import { expect, it } from "vitest";
import type { SearchResult } from "../api";
import { arrange } from "./found";

const result = (layer: string, id: number, name: string, lon: number, lat: number): SearchResult => ({ kind: "feature", layer, id, name, title: "", lon, lat });
const told = (results: SearchResult[]) => arrange(results, [121, 32], (layer) => layer === "roads").map(({ result: { id }, parts }) => [id, parts]);

it("puts the nearest of equal names first and keeps the order of different ones", () => {
  const schools = [result("pois", 1, "江海中学", 121.3, 32), result("pois", 2, "江海中学", 121.1, 32), result("pois", 3, "江海小学", 121, 32)];
  expect(told(schools)).toEqual([[2, 1], [1, 1], [3, 1]]);
});

it("joins the parts of a street, however they are ordered, and not another street of the same name", () => {
  // Five parts a kilometre apart in a row, and one far off.
  const parts = [0, 4, 2, 1, 3].map((i) => result("roads", 10 + i, "江海路", 121.02 + i * 0.0105, 32));
  expect(told([...parts, result("roads", 20, "江海路", 121.4, 32)])).toEqual([[10, 5], [20, 1]]);
});

it("says how far and in which direction, and leaves what has no place without", () => {
  const [east, layer] = arrange([result("pois", 1, "东", 121.01, 32), { kind: "layer", layer: "roads", name: "roads", title: "道路" }], [121, 32], () => false);
  // By PROJ 9 on GRS 80.
  expect(east!.away!.metres).toBeCloseTo(945, 0);
  expect(Math.round(east!.away!.bearingDeg)).toBe(90);
  expect(layer!.away).toBeNull();
});

it("shows twelve at most", () => {
  expect(told(Array.from({ length: 40 }, (_, i) => result("pois", i, `点${i}`, 121, 32)))).toHaveLength(12);
});
