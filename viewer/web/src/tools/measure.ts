/** Measure: a path or an outline, geodesic, with the planar EPSG:4549 value and their difference beside it. */

import type { Position } from "geojson";
import { element, fill } from "../element";
import { t } from "../i18n";
import { areaM2, lengthM, type Measured } from "../measure";
import { ICONS, type Tool } from "./dock";
import { areaText, lengthText } from "./query";
import type { Sketch } from "./sketch";

export function measureTool(sketch: Sketch): Tool {
  let form: "line" | "polygon" = "line";
  let positions: Position[] = [];
  const result = element("div", { class: "answer", "data-testid": "measure-result", "aria-live": "polite" });
  const hint = element("p", { class: "quiet" });

  const show = () => {
    fill(hint, t(form === "line" ? "sketch.line" : "sketch.polygon"));
    if (positions.length < 2) return fill(result);
    const closed = form === "polygon" && positions.length >= 3;
    const path = closed ? [...positions, positions[0]!] : positions;
    fill(
      result,
      closed && table(t("measure.area"), areaM2(positions), areaText),
      table(t(closed ? "measure.perimeter" : "measure.distance"), lengthM(path), lengthText),
      element("p", { class: "quiet" }, t("measure.points", { count: positions.length })),
    );
  };
  const take = (drawn: Position[]) => {
    positions = drawn;
    show();
  };
  const begin = () => {
    positions = [];
    sketch.cancel();
    sketch.start(form, take, take);
    show();
  };

  return {
    id: "measure",
    icon: ICONS.measure,
    open() {
      if (positions.length < 2) begin();
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
    },
  };
}

function table(title: string, measured: Measured, text: (value: number) => string): HTMLElement {
  const row = (label: string, value: string, testId: string) =>
    element("tr", {}, element("th", { scope: "row" }, label), element("td", { "data-testid": testId }, value));
  const { geodesic, planar, difference, inZone } = measured;
  return element(
    "div",
    { class: "measured" },
    element("p", { class: "count" }, element("strong", {}, text(geodesic)), ` ${title}`),
    element(
      "table",
      {},
      row(t("measure.geodesic"), text(geodesic), "measure-geodesic"),
      planar === null ? null : row(t("measure.planar"), text(planar), "measure-planar"),
      planar === null || difference === null
        ? null
        : row(t("measure.difference"), `${difference >= 0 ? "+" : "−"}${text(Math.abs(difference))} (${ppm(difference / geodesic)})`, "measure-difference"),
    ),
    planar === null && element("p", { class: "quiet" }, t("measure.far")),
    planar !== null && !inZone && element("p", { class: "quiet" }, t("measure.outside")),
  );
}

const ppm = (share: number): string => `${Number.isFinite(share) ? Math.round(share * 1e6) : 0} ppm`;
