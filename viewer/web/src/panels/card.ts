/** The card: everything that is known of the chosen feature. */

import type { Feature } from "geojson";
import { layerSwatch, swatchElement } from "../cartography/legend";
import { NIGHT } from "../cartography/palette";
import { element, fill } from "../element";
import { featureName, fieldLabel, valueLabel } from "../fields";
import { count, decimal, onLanguage, t } from "../i18n";
import { areaM2, lengthM } from "../measure";
import type { Page, Selection } from "../page";
import { areaText, lengthText } from "../tools/query";
import { plainTitle } from "./layers";

export function cardPanel(page: Page, openBuffer: () => void): HTMLElement {
  const panel = element("section", { class: "panel card", "data-testid": "card", "aria-live": "polite", hidden: true });
  const draw = () => {
    panel.hidden = page.selection === null;
    panel.setAttribute("aria-label", t("card.heading"));
    if (page.selection) fill(panel, ...cardContent(page, page.selection, openBuffer));
    else fill(panel);
  };
  page.on("selection", draw);
  onLanguage(draw);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !page.sketching && page.selection && !(event.target instanceof HTMLInputElement)) page.deselect();
  });
  return panel;
}

function cardContent(page: Page, selection: Selection, openBuffer: () => void): (HTMLElement | null)[] {
  const { layer, feature, failure, id, others } = selection;
  const properties = feature?.properties ?? {};
  const name = featureName(properties) || `#${id}`;
  return [
    element(
      "header",
      {},
      swatchElement(layerSwatch(layer, NIGHT)),
      element("div", { class: "card-title" }, element("h2", {}, name), element("p", { class: "quiet" }, plainTitle(layer), layer.simulated && element("small", { class: "tag" }, t("page.simulated.short")))),
      element("button", { class: "close", type: "button", "aria-label": t("page.close"), onclick: () => page.deselect() }, "✕"),
    ),
    selection.absent ? element("p", { class: "failure", role: "alert", "data-testid": "absent" }, t("card.absent", { version: layer.seen ?? "" })) : null,
    selection.absent ? element("p", { class: "buttons" }, element("button", { type: "button", class: "button primary", "data-testid": "show-current", onclick: () => showCurrent(page, selection) }, t("card.current"))) : null,
    failure ? element("p", { class: "failure", role: "alert" }, t("card.failed", { reason: failure })) : null,
    feature &&
      element(
        "table",
        { class: "attributes" },
        // What is known first; a long list of unknowns would push it out of sight.
        ...layer.columns.filter(({ name: column }) => column !== "source_id").sort((a, b) => unknown(properties[a.name]) - unknown(properties[b.name])).map(({ name: column }) => attribute(column, properties[column], layer.kind)),
        ...geometryRows(feature),
        properties["source_id"] !== null && properties["source_id"] !== undefined && attribute("source_id", properties["source_id"], layer.kind),
        pair(t("card.id"), `${layer.name}/${id}`),
        layer.source !== "" && pair(t("card.source"), [layer.source, layer.date].filter(Boolean).join(" · ")),
      ),
    feature &&
      element(
        "p",
        { class: "buttons" },
        element("button", { type: "button", class: "button", onclick: () => page.fitFeature(feature) }, t("card.zoom")),
        element("button", { type: "button", class: "button", onclick: openBuffer }, t("card.buffer")),
      ),
    others.length > 0 ? alsoHere(page, selection) : null,
  ];
}

/** The layer as it is now, with the feature that an earlier version does not have. */
function showCurrent(page: Page, { layer, id }: Selection): void {
  page.lookAt(layer.name, layer.version);
  void page.select(layer.name, id);
}

function alsoHere(page: Page, { layer, id, feature, others }: Selection): HTMLElement {
  const name = featureName(feature?.properties);
  return element(
    "div",
    { class: "also" },
    element("h3", {}, t("card.also")),
    ...others.slice(0, 6).map((hit) => {
      const rest = [{ layer: layer.name, id, name }, ...others.filter((other) => other !== hit)];
      const title = page.layer(hit.layer);
      return element("button", { type: "button", class: "chip", onclick: () => void page.select(hit.layer, hit.id, rest) }, `${title ? plainTitle(title) : hit.layer} ${hit.name || `#${hit.id}`}`);
    }),
  );
}

const unknown = (value: unknown): number => (value === null || value === undefined ? 1 : 0);

function attribute(column: string, value: unknown, kind: string): HTMLElement | null {
  const { label, unit } = fieldLabel(column);
  if (value === null || value === undefined) return pair(label, t("card.null"), true);
  if (typeof value === "boolean") return pair(label, t(value ? "card.yes" : "card.no"));
  if (typeof value === "number") return pair(label, `${numberText(column, value)}${unit && unit !== "°" ? " " : ""}${unit}`);
  return pair(label, valueLabel(column, String(value), kind));
}

/** Years, codes and ids stand without separators; measured numbers with at most two decimals. */
function numberText(column: string, value: number): string {
  if (/year|code|node|(^|_)id$/.test(column)) return String(value);
  return Number.isInteger(value) ? count(value) : decimal(value, Math.abs(value) < 10 ? 2 : 1);
}

function geometryRows({ geometry }: Feature): HTMLElement[] {
  switch (geometry?.type) {
    case "Point":
      return [pair(t("card.position"), `${geometry.coordinates[0]!.toFixed(6)}°, ${geometry.coordinates[1]!.toFixed(6)}°`)];
    case "LineString":
      return [pair(t("card.length"), lengthText(lengthM(geometry.coordinates).geodesic))];
    case "MultiLineString":
      return [pair(t("card.length"), lengthText(geometry.coordinates.reduce((sum, path) => sum + lengthM(path).geodesic, 0)))];
    case "Polygon":
      return [pair(t("card.area"), areaText(polygonAreaM2(geometry.coordinates)))];
    case "MultiPolygon":
      return [pair(t("card.area"), areaText(geometry.coordinates.reduce((sum, polygon) => sum + polygonAreaM2(polygon), 0)))];
    default:
      return [];
  }
}

/** The outer ring without its holes. */
function polygonAreaM2([outer, ...holes]: GeoJSON.Position[][]): number {
  return areaM2(outer ?? []).geodesic - holes.reduce((sum, hole) => sum + areaM2(hole).geodesic, 0);
}

function pair(label: string, value: string, unknown = false): HTMLElement {
  return element("tr", {}, element("th", { scope: "row" }, label), element("td", unknown ? { class: "unknown" } : {}, value));
}
