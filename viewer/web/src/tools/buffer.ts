/** Buffer: everything of a layer within so many metres of a feature or of what was drawn, with the outline that says so. */

import type { Geometry } from "geojson";
import { api, address, MAX_REQUEST_CHARS } from "../api";
import { element, fill } from "../element";
import { t } from "../i18n";
import type { Page } from "../page";
import { reason } from "../refusal";
import { wkt } from "../wkt";
import { Answer, layerChoice } from "./answer";
import { ICONS, type Tool } from "./dock";
import { geometryOf, type SketchForm } from "./outline";
import type { Sketch } from "./sketch";

const FIRST_DISTANCE_M = 200;

export function bufferTool(page: Page, sketch: Sketch): Tool {
  const answer = new Answer(page);
  const about = element("p", { class: "about" });
  let drawn: Geometry | null = null;
  let distanceM = FIRST_DISTANCE_M;
  let layerName = "";
  let opened = false;

  const around = (): Geometry | null => drawn ?? page.selection?.feature?.geometry ?? null;
  const describe = () => {
    const selected = page.selection?.feature;
    const name = String(selected?.properties?.["name"] ?? selected?.properties?.["code"] ?? (selected ? `#${selected.id}` : ""));
    fill(about, drawn ? t("buffer.sketch") : selected ? t("buffer.feature", { name }) : t("buffer.none"));
  };
  page.on("selection", () => {
    if (!opened) return;
    describe();
  });
  const begin = (form: SketchForm) => {
    drawn = null;
    sketch.start(form, (positions) => {
      drawn = geometryOf(form, positions);
      describe();
      void run();
    });
    describe();
  };
  const run = async () => {
    const geometry = around();
    const layer = page.layer(layerName);
    if (!geometry || !layer || !(distanceM > 0)) return describe();
    const text = wkt(geometry);
    if (address("/buffer", { geometry: text, distance_m: String(distanceM) }).length > MAX_REQUEST_CHARS) return answer.fail(t("query.long"));
    try {
      page.map.overlay("buffer", [await api.buffer(text, distanceM)]);
    } catch (failure) {
      page.map.overlay("buffer", []);
      return answer.fail(t("query.failed", { reason: reason(failure) }));
    }
    await answer.ask(layer, { geometry: text, distance_m: String(distanceM) });
  };

  return {
    id: "buffer",
    icon: ICONS.buffer,
    open() {
      opened = true;
      if (!page.layer(layerName)) layerName = (page.catalog?.layers.find(({ kind }) => kind === "building") ?? page.catalog?.layers[0])?.name ?? "";
      describe();
      const distance = element("input", {
        id: "buffer-distance",
        type: "number",
        min: "1",
        max: "50000",
        step: "10",
        "data-testid": "buffer-distance",
        value: distanceM,
        oninput: () => (distanceM = Number(distance.value)),
        onkeydown: (event: KeyboardEvent) => event.key === "Enter" && void run(),
      });
      const choice = layerChoice(page, "buffer-layer", layerName, (name) => {
        layerName = name;
        void run();
      });
      const form = (value: SketchForm, label: string) => element("button", { type: "button", class: "button", onclick: () => begin(value) }, label);
      return element(
        "div",
        { class: "body" },
        element("label", {}, t("buffer.from")),
        about,
        element("p", { class: "buttons" }, form("point", t("buffer.point")), form("line", t("buffer.line")), form("polygon", t("buffer.polygon"))),
        element("label", { for: "buffer-distance" }, t("buffer.distance")),
        distance,
        element("label", { for: "buffer-layer" }, t("query.layer")),
        choice,
        element("button", { type: "button", class: "button primary", "data-testid": "buffer-run", onclick: () => void run() }, t("buffer.run")),
        answer.box,
      );
    },
    close() {
      opened = false;
      drawn = null;
      sketch.cancel();
      answer.clear();
      page.map.overlay("buffer", []);
    },
  };
}
