/** Measure: a path or an outline, geodesic, with the planar EPSG:4549 value and their difference beside it. */

import type { Position } from "geojson";
import { element, fill } from "../element";
import { decimal, t } from "../i18n";
import { areaM2, lengthM, type Measured } from "../measure";
import type { Page } from "../page";
import { ICONS, type Tool } from "./dock";
import { crossesItself } from "./outline";
import { areaText, lengthText } from "./query";
import type { Sketch } from "./sketch";

export function measureTool(page: Page, sketch: Sketch): Tool {
  let form = page.measure?.form ?? "line";
  let positions: Position[] = page.measure?.positions ?? [];
  const result = element("div", { class: "answer", "data-testid": "measure-result", "aria-live": "polite" });
  const hint = element("p", { class: "quiet" });

  const show = () => {
    fill(hint, t(form === "line" ? "sketch.line" : "sketch.polygon"));
    if (positions.length < 2) return fill(result);
    const closed = form === "polygon" && positions.length >= 3;
    if (closed && crossesItself(positions)) return fill(result, element("p", { class: "failure", role: "alert", "data-testid": "measure-refused" }, t("sketch.crossing")));
    const path = closed ? [...positions, positions[0]!] : positions;
    fill(
      result,
      closed && table(t("measure.area"), areaM2(positions), areaText, "m²"),
      table(t(closed ? "measure.perimeter" : "measure.distance"), lengthM(path), lengthText, "m"),
      element("p", { class: "quiet" }, t("measure.points", { count: positions.length })),
    );
  };
  const take = (drawn: Position[]) => {
    positions = drawn;
    show();
  };
  const done = (drawn: Position[]) => {
    take(drawn);
    page.measure = { form, positions };
    page.writeLink();
  };
  const begin = () => {
    positions = [];
    page.measure = null;
    page.writeLink();
    sketch.cancel();
    sketch.start(form, done, take);
    show();
  };

  return {
    id: "measure",
    icon: ICONS.measure,
    open() {
      if (positions.length < 2) begin();
      else if (page.measure) sketch.show(form, positions);
      show();
      const mode = (value: "line" | "polygon", label: string) =>
        element(
          "button",
          {
            type: "button",
            class: "button",
            "data-testid": `measure-${value}`,
            "aria-pressed": String(form === value),
            onclick: (event: MouseEvent) => {
              form = value;
              for (const button of (event.currentTarget as HTMLElement).parentElement!.children) button.setAttribute("aria-pressed", String(button === event.currentTarget));
              begin();
            },
          },
          label,
        );
      return element(
        "div",
        { class: "body" },
        element("p", { class: "buttons" }, mode("line", t("measure.distance")), mode("polygon", t("measure.area"))),
        hint,
        result,
        element("button", { type: "button", class: "button", onclick: begin }, t("sketch.again")),
      );
    },
    close() {
      sketch.cancel();
      positions = [];
      page.measure = null;
      page.writeLink();
    },
  };
}

/** One quantity: large as a person says it, and below in metres, where the difference is that of the two numbers as they stand there. */
function table(title: string, measured: Measured, text: (value: number) => string, unit: "m" | "m²"): HTMLElement {
  const row = (label: string, value: string, testId: string, note = "") =>
    element("tr", {}, element("th", { scope: "row" }, label), element("td", { "data-testid": testId }, value, note && element("small", {}, note)));
  const { geodesic, planar, inZone } = measured;
  const decimals = unit === "m" || geodesic < 100 ? 2 : 1;
  const shown = (value: number) => Number(value.toFixed(decimals));
  const exact = (value: number) => `${decimal(value, decimals)} ${unit}`;
  const difference = planar === null ? null : shown(shown(planar) - shown(geodesic));
  return element(
    "div",
    { class: "measured" },
    element("p", { class: "count" }, element("strong", {}, text(geodesic)), ` ${title}`),
    element(
      "table",
      {},
      row(t("measure.geodesic"), exact(geodesic), "measure-geodesic"),
      planar === null ? null : row(t("measure.planar"), exact(planar), "measure-planar"),
      difference === null ? null : row(t("measure.difference"), `${difference < 0 ? "−" : "+"}${exact(Math.abs(difference))}`, "measure-difference", ppm(difference / geodesic)),
    ),
    planar === null && element("p", { class: "quiet" }, t("measure.far")),
    planar !== null && !inZone && element("p", { class: "quiet" }, t("measure.outside")),
  );
}

const ppm = (share: number): string => `${Number.isFinite(share) ? Math.round(share * 1e6) : 0} ppm`;
