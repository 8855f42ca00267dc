/** Heat: how much of a layer lies where, as H3 cells of a size that suits the zoom. */

import type { Feature } from "geojson";
import { api } from "../api";
import { VIRIDIS } from "../cartography/palette";
import { element, fill } from "../element";
import { aggregates, fieldLabel } from "../fields";
import { decimal, onLanguage, t } from "../i18n";
import type { HeatChoice } from "../link";
import type { HeatLegend, Page } from "../page";
import { reason } from "../refusal";
import { layerChoice } from "./answer";
import { ICONS, type Tool } from "./dock";
import { classLimits, classOf, resolutionAt } from "./heat-scale";

/** After a movement of the map ends, the cells are asked for this much later. */
const SETTLE_MS = 150;

export function heatTool(page: Page): Tool {
  const legend = element("div", { class: "answer", "data-testid": "heat-legend", "aria-live": "polite" });
  let asking: AbortController | null = null;
  let timer = 0;

  const refresh = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void draw(), SETTLE_MS);
  };
  const draw = async () => {
    asking?.abort();
    const { heat } = page;
    const layer = heat && page.layer(heat.layer);
    if (!heat || !layer) return;
    asking = new AbortController();
    const resolution = resolutionAt(page.map.libre.getZoom());
    const bounds = page.map.libre.getBounds();
    const box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degrees) => degrees.toFixed(6)).join(",");
    try {
      const cells = await api.cells(layer, resolution, { bbox: box, ...(heat.column ? { column: heat.column } : {}) }, asking.signal);
      const valued = cells.features
        .map((cell) => ({ cell, value: cell.properties?.[heat.quantity] as unknown }))
        .filter((entry): entry is { cell: Feature; value: number } => typeof entry.value === "number");
      const limits = classLimits(valued.map(({ value }) => value));
      page.map.overlay("heat", valued.map(({ cell, value }) => ({ ...cell, properties: { ...cell.properties, colour: VIRIDIS[classOf(value, limits)] } })));
      page.heatLegend = legendOf(heat, limits);
      fill(legend, ...legendElements(page.heatLegend, resolution, valued.length));
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return;
      page.map.overlay("heat", []);
      fill(legend, element("p", { class: "failure", role: "alert" }, t("heat.failed", { reason: reason(failure) })));
    }
  };
  page.map.libre.on("moveend", () => page.heat && refresh());
  page.on("catalog", () => page.heat && refresh());
  onLanguage(() => page.heat && refresh());

  const choose = (choice: HeatChoice) => {
    page.setHeat(choice);
    refresh();
  };

  return {
    id: "heat",
    icon: ICONS.heat,
    open() {
      const layers = page.catalog?.layers ?? [];
      const chosen = page.heat ?? { layer: (layers.find(({ kind }) => kind === "building") ?? layers[0])?.name ?? "", column: "", quantity: "count" as const };
      choose(chosen);
      const quantities = element("select", {
        id: "heat-quantity",
        "data-testid": "heat-quantity",
        onchange: () => {
          const [quantity, column] = quantities.value.split(":") as [HeatChoice["quantity"], string];
          choose({ layer: layerSelect.value, quantity, column });
        },
      });
      const listQuantities = (layerName: string) => {
        const numbers = page.layer(layerName)?.columns.filter(({ type }) => type === "int" || type === "float") ?? [];
        const option = (quantity: string, column: string, label: string) =>
          element("option", { value: `${quantity}:${column}`, selected: page.heat?.quantity === quantity && page.heat.column === column }, label);
        fill(
          quantities,
          option("count", "", t("heat.count")),
          ...numbers.flatMap(({ name }) => aggregates(name).map((quantity) => option(quantity, name, t(`heat.${quantity}`, { column: fieldLabel(name).label })))),
        );
      };
      const layerSelect = layerChoice(page, "heat-layer", chosen.layer, (name) => {
        choose({ layer: name, column: "", quantity: "count" });
        listQuantities(name);
      });
      layerSelect.dataset["testid"] = "heat-layer";
      listQuantities(chosen.layer);
      return element(
        "div",
        { class: "body" },
        element("div", { class: "field" }, element("label", { for: "heat-layer" }, t("heat.layer")), layerSelect),
        element("div", { class: "field" }, element("label", { for: "heat-quantity" }, t("heat.value")), quantities),
        legend,
      );
    },
    close() {
      asking?.abort();
      clearTimeout(timer);
      page.setHeat(null);
      page.map.overlay("heat", []);
    },
  };
}

/** What the heat's colours mean now, in words and steps. */
function legendOf(heat: HeatChoice, limits: number[]): HeatLegend {
  const { label, unit } = fieldLabel(heat.column);
  const quantity = heat.quantity === "count" ? t("heat.count") : `${t(heat.quantity === "mean" ? "heat.mean" : "heat.sum", { column: label })}${unit ? ` (${unit})` : ""}`;
  // A year is no quantity: it stands without separators.
  const text = (value: number) => (/year/.test(heat.column) ? value.toFixed(0) : decimal(value, Number.isInteger(value) ? 0 : 1));
  const steps = Array.from({ length: limits.length + 1 }, (_, i) => ({
    colour: VIRIDIS[classOf(i === 0 ? -Infinity : limits[i - 1]!, limits)]!,
    words: !limits.length ? "" : i === 0 ? `< ${text(limits[0]!)}` : `≥ ${text(limits[i - 1]!)}`,
  }));
  return { title: t("heat.legend", { quantity }), steps };
}

function legendElements(legend: HeatLegend, resolution: number, cells: number): HTMLElement[] {
  if (!cells) return [element("p", { class: "quiet" }, t("heat.none"))];
  return [
    element("p", { class: "legend-title" }, legend.title),
    element("ul", { class: "ramp" }, ...legend.steps.map(({ colour, words }) => element("li", {}, element("i", { style: `background:${colour}` }), words))),
    element("p", { class: "quiet" }, t("heat.resolution", { resolution, count: cells })),
  ];
}
