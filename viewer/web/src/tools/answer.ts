/** The answer to a spatial question about one layer: how many, which, and as a file. Shared by the query and the buffer. */

import type { Feature } from "geojson";
import { address, api, MAX_REQUEST_CHARS, versionOf, type CatalogLayer } from "../api";
import { element, fill } from "../element";
import { featureName, fieldLabel, valueLabel } from "../fields";
import { count, t, titleOf } from "../i18n";
import type { Page } from "../page";
import { reason } from "../refusal";
import { download } from "./download";

/** Rows listed; the count and the downloads hold every match. */
const LISTED = 100;
/** Matches marked on the map: more than a person counts, few enough for one quick answer. */
const MARKED = 2_000;

/** The page's layers as a choice; `chosen` is selected where it exists. */
export function layerChoice(page: Page, id: string, chosen: string, onchange: (name: string) => void): HTMLSelectElement {
  const layers = page.catalog?.layers ?? [];
  const select = element("select", { id, onchange: () => onchange(select.value) });
  for (const layer of layers) {
    select.append(element("option", { value: layer.name, selected: layer.name === chosen }, titleOf(layer)));
  }
  return select;
}

/** Asks and fills `into`; a newer question makes an older answer silent. */
export class Answer {
  readonly box = element("div", { class: "answer", "aria-live": "polite" });
  private turn = 0;

  constructor(private readonly page: Page) {}

  clear(): void {
    this.turn++;
    fill(this.box);
    this.unmark();
  }

  async ask(layer: CatalogLayer, parameters: Record<string, string>): Promise<void> {
    const turn = ++this.turn;
    if (address(layer.items, parameters).length > MAX_REQUEST_CHARS) return this.fail(t("query.long"));
    fill(this.box, element("p", { class: "quiet" }, t("query.running")));
    try {
      const items = await api.items(layer, { ...parameters, limit: String(MARKED) });
      if (turn !== this.turn) return;
      const located = items.features.filter((feature): feature is Feature => feature.geometry !== null);
      const bodies = layer.kind === "building";
      this.page.map.mark("answer", layer.name, bodies ? located.map(({ id }) => Number(id)) : []);
      this.page.map.overlay("answer", bodies ? [] : located);
      fill(
        this.box,
        element("p", { class: "count" }, element("strong", { "data-testid": "answer-count" }, count(items.numberMatched)), ` ${t("query.count")}`),
        element(
          "p",
          { class: "downloads" },
          download("download-csv", t("query.csv"), address(layer.items, { ...versionOf(layer), ...parameters, f: "csv", limit: "all" }), `${layer.name}.csv`),
          download("download-geojson", t("query.geojson"), address(layer.items, { ...versionOf(layer), ...parameters, f: "geojson", limit: "all" }), `${layer.name}.geojson`),
        ),
        located.length > LISTED && element("p", { class: "quiet" }, t("query.showing", { shown: LISTED })),
        items.numberMatched > items.features.length && element("p", { class: "quiet" }, t("query.marked", { shown: count(items.features.length) })),
        element("ol", { class: "rows" }, ...located.slice(0, LISTED).map((feature) => this.row(layer, feature))),
      );
    } catch (failure) {
      if (turn === this.turn) this.fail(t("query.failed", { reason: reason(failure) }));
    }
  }

  fail(words: string): void {
    fill(this.box, element("p", { class: "failure", role: "alert" }, words));
    this.unmark();
  }

  private unmark(): void {
    this.page.map.mark("answer", "", []);
    this.page.map.overlay("answer", []);
  }

  private row(layer: CatalogLayer, feature: Feature): HTMLElement {
    const go = () => {
      this.page.fitFeature(feature);
      void this.page.select(layer.name, Number(feature.id));
    };
    const properties = feature.properties ?? {};
    const name = featureName(properties) || `#${feature.id}`;
    const button = element("button", { type: "button", onclick: go }, element("span", {}, name), element("small", {}, summary(layer, properties)));
    return element("li", {}, button);
  }
}

/** Up to two telling values of a row. */
function summary(layer: CatalogLayer, properties: Record<string, unknown>): string {
  const telling = ["use", "class", "pressure_class", "category", "height_m", "diameter_mm", "households", "status"];
  return telling
    .filter((column) => properties[column] !== null && properties[column] !== undefined)
    .slice(0, 2)
    .map((column) => {
      const value = properties[column];
      const { unit } = fieldLabel(column);
      return typeof value === "string" ? valueLabel(column, value, layer.kind) : `${value} ${unit}`.trim();
    })
    .join(" · ");
}

