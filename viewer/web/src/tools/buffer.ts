/** Buffer: everything of a layer within so many metres of a feature or of what was drawn, with the outline that says so. */

import type { Geometry } from "geojson";
import { api, address, MAX_REQUEST_CHARS } from "../api";
import { element, fill } from "../element";
import { featureName } from "../fields";
import { count, t } from "../i18n";
import type { Page } from "../page";
import { reason } from "../refusal";
import { wkt } from "../wkt";
import { Answer, layerChoice } from "./answer";
import { ICONS, type Tool } from "./dock";
import { crossesItself, geometryOf, type SketchForm } from "./outline";
import type { Sketch } from "./sketch";

const FIRST_DISTANCE_M = 200;
/** The server's own limit. */
const MAX_DISTANCE_M = 50_000;

export function bufferTool(page: Page, sketch: Sketch): Tool {
  const answer = new Answer(page);
  const about = element("p", { class: "about" });
  let drawn = page.buffer?.drawn ?? null;
  let distanceM = page.buffer?.distanceM ?? FIRST_DISTANCE_M;
  let layerName = page.buffer?.layer ?? "";
  let opened = false;
  /** A newer question makes an older answer silent. */
  let turn = 0;
  /** A link names a feature that has not been read yet. */
  let awaiting = page.buffer !== null && drawn === null;

  const around = (): Geometry | null => (drawn ? geometryOf(drawn.form, drawn.positions) : null) ?? page.selection?.feature?.geometry ?? null;
  const describe = () => {
    const selected = page.selection?.feature;
    const name = featureName(selected?.properties) || `#${selected?.id}`;
    fill(about, drawn ? t("buffer.sketch") : selected ? t("buffer.feature", { name }) : t("buffer.none"));
  };
  page.on("selection", () => {
    if (!opened) return;
    describe();
    if (!awaiting || !page.selection?.feature) return;
    awaiting = false;
    void run();
  });
  const begin = (form: SketchForm) => {
    drawn = null;
    clear();
    sketch.start(form, (positions) => {
      drawn = { form, positions };
      describe();
      void run();
    });
    describe();
  };
  const clear = () => {
    turn++;
    answer.clear();
    page.map.overlay("buffer", []);
    page.buffer = null;
    page.writeLink();
  };
  /** An answer to another question must not stay beside a refused one. */
  const refuse = (words: string) => {
    clear();
    answer.fail(words);
  };
  const inRange = () => distanceM > 0 && distanceM <= MAX_DISTANCE_M;
  const outOfRange = () => refuse(t("buffer.range", { most: count(MAX_DISTANCE_M) }));
  const run = async () => {
    const geometry = around();
    const layer = page.layer(layerName);
    if (!inRange()) return outOfRange();
    if (drawn?.form === "polygon" && crossesItself(drawn.positions)) return refuse(t("sketch.crossing"));
    if (!geometry || !layer) return describe();
    const text = wkt(geometry);
    if (address("/buffer", { geometry: text, distance_m: String(distanceM) }).length > MAX_REQUEST_CHARS) return refuse(t("query.long"));
    const mine = ++turn;
    try {
      const outline = await api.buffer(text, distanceM);
      if (mine !== turn) return;
      page.map.overlay("buffer", [outline]);
    } catch (failure) {
      if (mine === turn) refuse(t("query.failed", { reason: reason(failure) }));
      return;
    }
    page.buffer = { layer: layerName, distanceM, drawn };
    page.writeLink();
    await answer.ask(layer, { geometry: text, distance_m: String(distanceM) });
  };

  return {
    id: "buffer",
    icon: ICONS.buffer,
    open() {
      opened = true;
      if (!page.layer(layerName)) layerName = (page.catalog?.layers.find(({ kind }) => kind === "building") ?? page.catalog?.layers[0])?.name ?? "";
      describe();
      if (drawn) sketch.show(drawn.form, drawn.positions);
      if (page.buffer && !awaiting) void run();
      const distance = element("input", {
        id: "buffer-distance",
        type: "number",
        min: "1",
        max: String(MAX_DISTANCE_M),
        step: "any",
        "data-testid": "buffer-distance",
        value: Number.isNaN(distanceM) ? "" : distanceM,
        oninput: () => {
          // An empty field is no distance.
          distanceM = distance.value.trim() === "" ? Number.NaN : Number(distance.value);
          if (!inRange()) outOfRange();
        },
        onkeydown: (event: KeyboardEvent) => event.key === "Enter" && void run(),
      });
      const choice = layerChoice(page, "buffer-layer", layerName, (name) => {
        layerName = name;
        void run();
      });
      const form = (value: SketchForm, label: string) => element("button", { type: "button", class: "button", "data-testid": `buffer-${value}`, onclick: () => begin(value) }, label);
      return element(
        "div",
        { class: "body" },
        element("label", {}, t("buffer.from")),
        about,
        element("p", { class: "buttons" }, form("point", t("buffer.point")), form("line", t("buffer.line")), form("polygon", t("buffer.polygon"))),
        element("div", { class: "field" }, element("label", { for: "buffer-distance" }, t("buffer.distance")), distance),
        element("div", { class: "field" }, element("label", { for: "buffer-layer" }, t("query.layer")), choice),
        element("button", { type: "button", class: "button primary", "data-testid": "buffer-run", onclick: () => void run() }, t("buffer.run")),
        answer.box,
      );
    },
    close() {
      opened = awaiting = false;
      drawn = null;
      sketch.cancel();
      clear();
    },
  };
}
