/** The layer list: what there is, how much of it, whether it shows, and what its colours mean. */

import type { CatalogLayer } from "../api";
import { layerSwatch, legendOf, swatchElement } from "../cartography/legend";
import { NIGHT } from "../cartography/palette";
import { symbolOf } from "../cartography/symbols";
import { element, fill } from "../element";
import { count, onLanguage, t, titleOf } from "../i18n";
import type { Page } from "../page";
import type { WordKey } from "../words";

type Group = "areas" | "lines" | "points";
/** Below this width in CSS pixels the page is on a phone, as in the styles. */
const NARROW_PX = 600;
const GROUPS: readonly Group[] = ["points", "lines", "areas"];

export function layersPanel(page: Page): HTMLElement {
  const list = element("div", { class: "layer-groups" });
  // On a phone the list would hide the map: there it begins folded.
  let folded = window.innerWidth < NARROW_PX;
  const heading = element("button", { type: "button", class: "fold", onclick: () => fold(!folded) });
  const panel = element("section", { class: "panel layers" }, element("header", {}, element("h2", {}, heading)), list);
  const fold = (to: boolean) => {
    folded = list.hidden = to;
    heading.setAttribute("aria-expanded", String(!folded));
  };
  fold(folded);
  const unfolded = new Set<string>(["gas_pipe"]);

  const draw = () => {
    const focused = document.activeElement?.getAttribute("data-focus");
    heading.textContent = t("layers.heading");
    panel.setAttribute("aria-label", t("layers.heading"));
    const layers = page.layers();
    if (page.catalog && !layers.length) return fill(list, element("p", { class: "quiet" }, t("status.empty")));
    fill(
      list,
      ...GROUPS.map((group) => {
        const members = layers.filter((layer) => groupOf(layer) === group);
        if (!members.length) return null;
        return element(
          "div",
          { class: "group", role: "group", "aria-label": t(`layers.${group}` satisfies WordKey) },
          element("h3", {}, t(`layers.${group}` satisfies WordKey)),
          ...members.map((layer) => row(page, layer, unfolded, draw)),
        );
      }),
    );
    if (focused) list.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
  };
  page.on("catalog", draw);
  page.on("visible", draw);
  let zoom = Math.floor(page.map.libre.getZoom());
  page.map.libre.on("zoomend", () => {
    const now = Math.floor(page.map.libre.getZoom() * 2) / 2;
    if (now === zoom) return;
    zoom = now;
    draw();
  });
  onLanguage(draw);
  draw();
  return panel;
}

function groupOf({ geometry }: CatalogLayer): Group {
  return geometry === "point" ? "points" : geometry === "line" ? "lines" : "areas";
}

function row(page: Page, layer: CatalogLayer, unfolded: Set<string>, redraw: () => void): HTMLElement {
  const shown = page.visible.has(layer.name);
  const title = plainTitle(layer);
  const entries = legendOf(layer, NIGHT);
  const firstZoom = Math.max(layer.min_zoom, layer.geometry === "point" && layer.kind !== "place" ? symbolOf(layer).dotZoom : 0);
  const far = shown && page.map.libre.getZoom() < firstZoom;
  const open = unfolded.has(layer.name) && shown && entries.length > 0;
  const toggle = element("input", {
    type: "checkbox",
    role: "switch",
    id: `show-${layer.name}`,
    checked: shown,
    "data-testid": `layer-${layer.name}`,
    "data-focus": `show-${layer.name}`,
    "aria-label": t("layers.toggle", { layer: title }),
    onchange: () => page.show(layer.name, toggle.checked),
  });
  const unfold =
    entries.length > 0 &&
    element(
      "button",
      {
        type: "button",
        class: "unfold",
        "aria-expanded": String(open),
        "aria-label": t("layers.legend", { layer: title }),
        "data-focus": `unfold-${layer.name}`,
        onclick: () => {
          if (open) unfolded.delete(layer.name);
          else unfolded.add(layer.name);
          redraw();
        },
      },
      open ? "▾" : "▸",
    );
  return element(
    "div",
    { class: !shown ? "layer off" : far ? "layer far" : "layer" },
    element(
      "div",
      { class: "layer-row" },
      toggle,
      swatchElement(layerSwatch(layer, NIGHT)),
      element(
        "button",
        {
          type: "button",
          class: "layer-title",
          title: far ? t("layers.zoom", { zoom: firstZoom }) : t("layers.fit", { layer: title }),
          "data-focus": `fit-${layer.name}`,
          onclick: () => layer.bbox && page.fit(layer.bbox),
        },
        title,
      ),
      layer.simulated && element("small", { class: "tag" }, t("page.simulated.short")),
      // The catalogue counts the current version only.
      element("span", { class: "layer-count", ...(far ? { title: t("layers.zoom", { zoom: firstZoom }) } : {}) }, layer.seen === undefined ? count(layer.count) : ""),
      unfold || element("span", { class: "unfold" }),
    ),
    layer.versions.length > 1 && shown && versionChoice(page, layer, title),
    open && element("ul", { class: "legend" }, ...entries.map(({ swatch, label }) => element("li", {}, swatchElement(swatch), label))),
  );
}

/** Which of the kept versions is looked at; an earlier one is marked, for it is not what is now. */
function versionChoice(page: Page, layer: CatalogLayer, title: string): HTMLElement {
  const select = element(
    "select",
    { "data-testid": `version-${layer.name}`, "data-focus": `version-${layer.name}`, "aria-label": t("layers.version.of", { layer: title }), onchange: () => page.lookAt(layer.name, Number(select.value)) },
    ...[...layer.versions]
      .sort((a, b) => b - a)
      .map((version) =>
        element("option", { value: version, selected: version === (layer.seen ?? layer.version) }, t(version === layer.version ? "layers.version.current" : "layers.version.past", { version })),
      ),
  );
  return element("p", { class: layer.seen === undefined ? "version" : "version past" }, select);
}

/** The title without its 模拟数据 suffix, which the row shows as a mark of its own. */
export function plainTitle(layer: CatalogLayer): string {
  return titleOf(layer).replace(/\s*[（(](模拟数据|simulated( data)?)[）)]\s*$/i, "") || layer.name;
}
