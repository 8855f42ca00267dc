import { describe, expect, test } from "vitest";
import { CHANGE_CLASSES, CHANGE_COLOURS, NIGHT, PAPER, PRESSURE_CLASSES, VIRIDIS } from "./palette";
import { difference, labSeen, type Deficiency } from "./vision";

/** Neighbours at least this far apart (CIE ΔE2000) are told apart at a glance, side by side and in a legend. */
const AT_A_GLANCE = 10;
/** Seven steps are as many as viridis holds: for eyes without red or green its brightest are no further apart. */
const HEAT_STEP = 9;
const EYES: (Deficiency | null)[] = [null, "protanopia", "deuteranopia", "tritanopia"];

const apart = (a: string, b: string, eye: Deficiency | null) => difference(labSeen(a, eye), labSeen(b, eye));

describe("neighbouring classes stay apart", () => {
  for (const eye of EYES) {
    for (const [palette, name] of [[NIGHT, "at night"], [PAPER, "on paper"]] as const) {
      const series = { pressure: PRESSURE_CLASSES.map((level) => palette.pipes[level]), height: [...palette.heights] };
      for (const [what, colours] of Object.entries(series)) {
        test(`${what} ${name}, ${eye ?? "three cones"}`, () => {
          const steps = colours.slice(1).map((colour, i) => apart(colours[i]!, colour, eye));
          expect(Math.min(...steps), steps.map((step) => step.toFixed(1)).join(" ")).toBeGreaterThanOrEqual(AT_A_GLANCE);
        });
      }
      test(`an unknown height is none of the heights ${name}, ${eye ?? "three cones"}`, () => {
        for (const height of palette.heights) expect(apart(palette.heightUnknown, height, eye), height).toBeGreaterThanOrEqual(AT_A_GLANCE);
      });
      test(`pipes on the ground ${name}, ${eye ?? "three cones"}`, () => {
        for (const level of PRESSURE_CLASSES) expect(apart(palette.pipes[level], palette.ground, eye), level).toBeGreaterThan(20);
      });
    }
    test(`changes, every two of them, ${eye ?? "three cones"}`, () => {
      for (const one of CHANGE_CLASSES) {
        for (const other of CHANGE_CLASSES) {
          if (one < other) expect(apart(CHANGE_COLOURS[one], CHANGE_COLOURS[other], eye), `${one} ${other}`).toBeGreaterThanOrEqual(AT_A_GLANCE);
        }
      }
    });
    test(`heat, ${eye ?? "three cones"}`, () => {
      for (const [i, colour] of VIRIDIS.slice(1).entries()) expect(apart(VIRIDIS[i]!, colour, eye), colour).toBeGreaterThanOrEqual(HEAT_STEP);
    });
  }
});

test("the difference is the published one", () => {
  // Sharma, Wu, Dalal (2005), table 1: pairs 1, 17, 20 and 34, among them a turn over 360° and a grey.
  expect(difference([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
  expect(difference([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
  expect(difference([50, 2.5, 0], [50, 0, -2.5])).toBeCloseTo(4.3065, 4);
  expect(difference([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514])).toBeCloseTo(0.9082, 4);
});

test("a colour-blind eye sees grey as grey and takes red for green", () => {
  for (const eye of EYES) {
    const [, a, b] = labSeen("#808080", eye);
    expect(Math.hypot(a, b)).toBeLessThan(0.5);
  }
  const [red, green] = ["#a06000", "#6c7a00"];
  expect(apart(red, green, "deuteranopia")).toBeLessThan(apart(red, green, null) / 2);
});
