/** Query: draw an outline, choose a layer and a condition, get the count, the rows and the files. */

import type { Position } from "geojson";
import { element, fill } from "../element";
import { fieldLabel } from "../fields";
import { decimal, t } from "../i18n";
import { areaM2 } from "../measure";
import type { Page } from "../page";
import { wkt } from "../wkt";
import { Answer, layerChoice } from "./answer";
import { ICONS, type Tool } from "./dock";
import { crossesItself, geometryOf } from "./outline";
import type { Sketch } from "./sketch";

export function queryTool(page: Page, sketch: Sketch): Tool {
  const answer = new Answer(page);
  let ring: Position[] = page.query?.ring ?? [];
  let layerName = page.query?.layer ?? "";
  let filter = page.query?.filter ?? "";
  let within = page.query?.within ?? false;
  const hint = element("p", { class: "quiet" });

  const describe = () => {
    fill(hint, !ring.length || crossesItself(ring) ? t("sketch.polygon") : t("query.areaOf", { area: areaText(areaM2(ring).geodesic) }));
  };
  const drawAgain = () => {
    ring = [];
    page.query = null;
    page.writeLink();
    answer.clear();
    describe();
    sketch.start("polygon", take);
  };
  const take = (positions: Position[]) => {
    ring = positions;
    describe();
    void run();
  };
  const takeView = () => {
    sketch.cancel();
    const bounds = page.map.libre.getBounds();
    sketch.show("polygon", [bounds.getSouthWest(), bounds.getSouthEast(), bounds.getNorthEast(), bounds.getNorthWest()].map((corner) => corner.toArray()));
    take([bounds.getSouthWest(), bounds.getSouthEast(), bounds.getNorthEast(), bounds.getNorthWest()].map((corner) => corner.toArray()));
  };
  const run = async () => {
    const layer = page.layer(layerName);
    if (!layer || !ring.length) return;
    if (crossesItself(ring)) return answer.fail(t("sketch.crossing"));
    page.query = { layer: layerName, filter, ring, within };
    page.writeLink();
    await answer.ask(layer, {
      [within ? "within" : "intersects"]: wkt(geometryOf("polygon", ring)),
      ...(filter.trim() ? { filter: filter.trim(), "filter-lang": "cql2-text" } : {}),
    });
  };

  return {
    id: "draw",
    icon: ICONS.draw,
    open() {
      if (!page.layer(layerName)) {
        const seen = page.layers().filter(({ name }) => page.visible.has(name));
        layerName = (seen.find(({ kind }) => kind === "building") ?? seen[0] ?? page.layers()[0])?.name ?? "";
      }
      describe();
      if (ring.length) {
        sketch.show("polygon", ring);
        void run();
      } else drawAgain();
      const condition = element("input", {
        id: "query-filter",
        type: "text",
        "data-testid": "query-filter",
        value: filter,
        placeholder: "height_m > 24 AND use = 'residential'",
        spellcheck: "false",
        autocomplete: "off",
        oninput: () => (filter = condition.value),
        onkeydown: (event: KeyboardEvent) => event.key === "Enter" && void run(),
      });
      const choice = layerChoice(page, "query-layer", layerName, (name) => {
        layerName = name;
        listColumns();
        void run();
      });
      choice.dataset["testid"] = "query-layer";
      const relation = element(
        "select",
        {
          id: "query-relation",
          "data-testid": "query-relation",
          onchange: () => {
            within = relation.value === "within";
            void run();
          },
        },
        element("option", { value: "intersects", selected: !within }, t("query.intersects")),
        element("option", { value: "within", selected: within }, t("query.within")),
      );
      const columns = element("p", { class: "chips" });
      const listColumns = () => {
        const insert = (column: string) => {
          condition.setRangeText(column, condition.selectionStart ?? filter.length, condition.selectionEnd ?? filter.length, "end");
          filter = condition.value;
          condition.focus();
        };
        fill(columns, ...(page.layer(layerName)?.columns ?? []).map(({ name }) => element("button", { type: "button", class: "chip", title: fieldLabel(name).label, onclick: () => insert(name) }, name)));
      };
      listColumns();
      return element(
        "div",
        { class: "body" },
        hint,
        element(
          "p",
          { class: "buttons" },
          element("button", { type: "button", class: "button", onclick: drawAgain }, t("sketch.again")),
          element("button", { type: "button", class: "button", "data-testid": "query-view", onclick: takeView }, t("sketch.view")),
        ),
        element("div", { class: "field" }, element("label", { for: "query-layer" }, t("query.layer")), choice),
        element("div", { class: "field" }, element("label", { for: "query-relation" }, t("query.relation")), relation),
        element("label", { for: "query-filter" }, t("query.filter")),
        condition,
        element("details", {}, element("summary", { class: "quiet" }, t("query.columns")), columns),
        element("button", { type: "button", class: "button primary", "data-testid": "query-run", onclick: () => void run() }, t("query.run")),
        answer.box,
      );
    },
    close() {
      sketch.cancel();
      answer.clear();
      ring = [];
      page.query = null;
      page.writeLink();
    },
  };
}

/** Square metres, or square kilometres where those read better. */
export function areaText(m2: number): string {
  return m2 >= 1e6 ? `${decimal(m2 / 1e6, 3)} km²` : `${decimal(m2, m2 < 100 ? 2 : 1)} m²`;
}

/** Metres, or kilometres where those read better. */
export function lengthText(metres: number): string {
  return Math.abs(metres) >= 10_000 ? `${decimal(metres / 1000, 3)} km` : `${decimal(metres, 2)} m`;
}
