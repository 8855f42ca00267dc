import { describe, expect, it } from "vitest";
import { areaM2, distanceM, lengthM, planeFromLonLat } from "./measure";

// Expected values by PROJ 9 (pyproj Geod(ellps="GRS80") and EPSG:4490 → EPSG:4549), an independent implementation.
const DISTANCES_M: [number[], number[], number][] = [
  [[121.1667, 31.8949], [121.1767, 31.8949], 946.0077044880064],
  [[121.07, 31.76], [121.53, 32.15], 61330.01169637936],
  [[24.941, 60.171], [24.952, 60.165], 905.4372123011719],
  [[0, 0], [0, 90], 10001965.729230464],
];
const PLANE_POSITIONS: [number[], number[]][] = [
  [[121.1667, 31.8949], [610374.11423, 3530792.13094]],
  [[121.53, 32.15], [644346.14002, 3559511.37867]],
  [[120, 31.9], [500000, 3530763.84066]],
];
const AREA_GEODESIC_M2 = 12587751.058553696;
const AREA_PLANAR_M2 = 12591553.765211757;

describe("geodesic and planar values", () => {
  it.each(DISTANCES_M)("distance %j → %j", (from, to, metres) => {
    expect(distanceM(from, to)).toBeCloseTo(metres, 5);
  });

  it.each(PLANE_POSITIONS)("EPSG:4549 of %j", (position, plane) => {
    const [easting, northing] = planeFromLonLat(position);
    expect(easting).toBeCloseTo(plane[0]!, 4);
    expect(northing).toBeCloseTo(plane[1]!, 4);
  });

  it("area of an outline in Haimen, both ways, whatever its direction", () => {
    const ring = [[121.15, 31.88], [121.19, 31.88], [121.19, 31.91], [121.15, 31.91]];
    for (const outline of [ring, [...ring].reverse(), [...ring, ring[0]!]]) {
      const area = areaM2(outline);
      expect(area.geodesic).toBeCloseTo(AREA_GEODESIC_M2, 2);
      expect(area.planar).toBeCloseTo(AREA_PLANAR_M2, 1);
      expect(area.inZone).toBe(true);
    }
  });

  it("says when the planar zone is left, and gives no planar value far from it", () => {
    expect(lengthM([[121.49, 31.9], [121.52, 31.9]])).toMatchObject({ inZone: false });
    expect(lengthM([[121.49, 31.9], [121.52, 31.9]]).planar).not.toBeNull();
    expect(lengthM([[24.94, 60.17], [24.95, 60.17]])).toMatchObject({ planar: null, inZone: false });
  });

  it("measures nothing as nothing", () => {
    expect(lengthM([]).geodesic).toBe(0);
    expect(lengthM([[121.1, 31.9]]).geodesic).toBe(0);
    expect(areaM2([]).geodesic).toBe(0);
    expect(areaM2([[121.1, 31.9], [121.2, 31.9]]).geodesic).toBe(0);
  });

  it("crosses the antimeridian the short way", () => {
    expect(distanceM([179.9, 0], [-179.9, 0])).toBeCloseTo(22_263.898, 2);
  });
});
