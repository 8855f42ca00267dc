/** The printed sheet: the visible layers on white paper at a round scale, with everything a sheet must say about itself. */

import { Map as LibreMap } from "maplibre-gl";
import type { CatalogLayer } from "../api";
import { supplyIcons } from "../cartography/icons";
import { composeStyle } from "../cartography/style";
import { layerSwatch, legendOf, overlayLegend, swatchElement, type LegendEntry } from "../cartography/legend";
import { PAPER } from "../cartography/palette";
import { drawing, element, fill } from "../element";
import { datumLabel } from "../fields";
import { language, t, titleOf } from "../i18n";
import type { HeatLegend, Page } from "../page";
import { plainTitle } from "../panels/layers";
import { ICONS, type Tool } from "./dock";
import { PX_PER_MM, zoomOf } from "./sheet-scale";

/** Millimetres; landscape. `map` is the picture's frame on the sheet. */
const PAPERS = {
  A4: { widthMm: 297, heightMm: 210, mapWidthMm: 204, mapHeightMm: 166 },
  A3: { widthMm: 420, heightMm: 297, mapWidthMm: 322, mapHeightMm: 250 },
} as const;
type Paper = keyof typeof PAPERS;

/** Picture dots per CSS pixel: 2 prints at 192 dpi, and keeps an A3 sheet within what every graphics card can draw. */
const PIXEL_RATIO = 2;
const SCALES = [500, 1_000, 2_000, 2_500, 5_000, 10_000, 20_000, 25_000, 50_000, 100_000, 200_000, 500_000] as const;
/** A picture not finished by then is shown as it is. */
const DRAW_TIMEOUT_MS = 20_000;

export function printTool(page: Page): Tool {
  let dialog: HTMLDialogElement | null = null;
  return {
    id: "print",
    icon: ICONS.print,
    modal: true,
    open() {
      dialog?.remove();
      dialog = sheetDialog(page, () => (dialog = null));
      document.body.append(dialog);
      dialog.showModal();
      // The dialog is the tool's panel; nothing stays open beside it.
      return null;
    },
    close() {
      dialog?.close();
    },
  };
}

function sheetDialog(page: Page, onClosed: () => void): HTMLDialogElement {
  let paper: Paper = "A4";
  let scale = nearestScale(page);
  let title = page.catalog ? titleOf(page.catalog) : "urbis";
  let turn = 0;
  const sheet = element("article", { class: "sheet", "data-testid": "sheet" });

  const draw = async () => {
    const mine = ++turn;
    sheet.setAttribute("aria-busy", "true");
    const picture = element("div", { class: "sheet-map" }, element("p", {}, t("print.drawing")));
    fill(sheet, ...sheetContent(page, title, scale, picture));
    const size = PAPERS[paper];
    sheet.style.setProperty("--sheet-width", `${size.widthMm}mm`);
    sheet.style.setProperty("--sheet-height", `${size.heightMm}mm`);
    sheet.style.setProperty("--map-width", `${size.mapWidthMm}mm`);
    pageRule.textContent = `@page { size: ${paper} landscape; margin: 0 }`;
    const address = await drawPicture(page, size.mapWidthMm, size.mapHeightMm, scale);
    if (mine !== turn) return;
    fill(picture, element("img", { src: address, alt: title }), northArrow(), scaleBar(scale));
    sheet.setAttribute("aria-busy", "false");
  };
  const choice = <Value extends string>(id: string, values: readonly (readonly [Value, string])[], chosen: Value, choose: (value: Value) => void) => {
    const select = element("select", { id, onchange: () => choose(select.value as Value) }, ...values.map(([value, label]) => element("option", { value, selected: value === chosen }, label)));
    return select;
  };
  const titleInput = element("input", {
    id: "sheet-title",
    type: "text",
    value: title,
    onchange: () => {
      title = titleInput.value;
      sheet.querySelector("h1")!.textContent = title;
    },
  });
  const pageRule = element("style", {});
  const dialog = element(
    "dialog",
    { class: "print", "aria-label": t("print.heading") },
    pageRule,
    element(
      "form",
      { method: "dialog", class: "print-bar" },
      element("label", { for: "sheet-title" }, t("print.title")),
      titleInput,
      element("label", { for: "sheet-paper" }, t("print.paper")),
      choice("sheet-paper", [["A4", "A4"], ["A3", "A3"]], paper, (value: Paper) => {
        paper = value;
        void draw();
      }),
      element("label", { for: "sheet-scale" }, t("print.scale")),
      choice("sheet-scale", SCALES.map((value) => [String(value), ratioText(value)] as const), String(scale), (value) => {
        scale = Number(value);
        void draw();
      }),
      element("button", { type: "button", class: "button primary", "data-testid": "print-run", onclick: () => window.print() }, t("print.run")),
      element("button", { type: "submit", class: "button", "data-testid": "print-close" }, t("page.close")),
    ),
    element("div", { class: "sheet-desk" }, sheet),
  );
  dialog.addEventListener("close", () => {
    turn++;
    dialog.remove();
    onClosed();
  });
  void draw();
  return dialog;
}

/** Everything on the sheet but the picture. */
function sheetContent(page: Page, title: string, scale: number, picture: HTMLElement): HTMLElement[] {
  const layers = page.layers().filter(({ name }) => page.visible.has(name));
  const datums = [...new Set(layers.map(({ vertical_datum }) => vertical_datum).filter(Boolean))];
  const simulated = layers.some((layer) => layer.simulated);
  const legend: HTMLElement[] = layers.map((layer) => {
    const entries = legendOf(layer, PAPER);
    return element(
      "div",
      { class: "sheet-legend-layer" },
      element("h3", {}, swatchElement(layerSwatch(layer, PAPER)), plainTitle(layer), layer.seen !== undefined && ` · ${t("layers.version.past", { version: layer.seen })}`),
      entries.length > 0 && legendRows(entries),
    );
  });
  const { overlays } = page.map.current();
  const marks = page.map.marks();
  const drawn = overlayLegend(overlays, { answer: marks.answer.length, chosen: marks.chosen.length }, PAPER);
  if (drawn.length) legend.unshift(element("div", { class: "sheet-legend-layer" }, element("h3", {}, t("legend.tools")), legendRows(drawn)));
  if (page.heat && page.heatLegend) legend.push(heatLegend(page.layer(page.heat.layer), page.heatLegend));
  return [
    element(
      "header",
      {},
      element("h1", {}, title),
      simulated && element("strong", { class: "sheet-simulated" }, `${t("page.simulated")} · ${t("page.simulated.long")}`),
      element("p", {}, ratioText(scale)),
    ),
    element("div", { class: "sheet-body" }, picture, element("aside", {}, element("h2", {}, t("print.legend")), element("div", { class: "sheet-legend" }, ...legend))),
    element(
      "footer",
      {},
      element("p", {}, `${t("print.date", { date: new Date().toLocaleDateString(language() === "zh" ? "zh-CN" : "en-GB") })} · ${t("print.crs")}${datums.length ? ` · ${t("print.datum", { datum: datums.map(datumLabel).join(language() === "zh" ? "、" : ", ") })}` : ""}`),
      element("p", {}, `${t("print.sources")}: ${sourceLines(page, layers.map(({ name }) => name)).join("; ") || t("print.unstated")}`),
    ),
  ];
}

const legendRows = (entries: LegendEntry[]): HTMLElement => element("ul", {}, ...entries.map(({ swatch, label }) => element("li", {}, swatchElement(swatch), label)));

function heatLegend(layer: CatalogLayer | undefined, { title, steps }: HeatLegend): HTMLElement {
  const rows = steps.map(({ colour, words }) => element("li", {}, swatchElement({ form: "area", colour }), words));
  return element("div", { class: "sheet-legend-layer" }, element("h3", {}, [t("tool.heat"), layer && plainTitle(layer), title].filter(Boolean).join(" · ")), element("ul", {}, ...rows));
}

/** One line for each source, with the layers it gave. */
function sourceLines(page: Page, names: string[]): string[] {
  const bySource = new Map<string, string[]>();
  for (const name of names) {
    const layer = page.layer(name)!;
    const line = [layer.source || t("print.unstated"), layer.date, layer.licence && `${t("print.licence")} ${layer.licence}`].filter(Boolean).join(", ");
    bySource.set(line, [...(bySource.get(line) ?? []), plainTitle(layer)]);
  }
  return [...bySource].map(([line, titles]) => `${titles.join(language() === "zh" ? "、" : ", ")} – ${line}`);
}

/** Draws the visible layers north up, seen from straight above, at a scale that is true in the middle. */
async function drawPicture(page: Page, widthMm: number, heightMm: number, scale: number): Promise<string> {
  const container = element("div", { class: "sheet-canvas", style: `width:${widthMm * PX_PER_MM}px;height:${heightMm * PX_PER_MM}px` });
  document.body.append(container);
  const { lon, lat } = page.map.camera();
  const libre = new LibreMap({
    container,
    style: composeStyle({ ...page.map.current(), palette: PAPER, threeD: false, scale: 1 }),
    center: [lon, lat],
    zoom: zoomOf(scale, lat),
    pixelRatio: PIXEL_RATIO,
    interactive: false,
    attributionControl: false,
    fadeDuration: 0,
    canvasContextAttributes: { preserveDrawingBuffer: true },
  });
  supplyIcons(libre);
  libre.once("style.load", () => {
    for (const [state, targets] of Object.entries(page.map.marks())) {
      for (const target of targets) if (libre.getSource(target.source)) libre.setFeatureState(target, { [state]: true });
    }
  });
  try {
    await Promise.race([
      new Promise((resolve) => libre.once("idle", resolve)),
      new Promise((resolve) => setTimeout(resolve, DRAW_TIMEOUT_MS)),
    ]);
    return libre.getCanvas().toDataURL("image/png");
  } finally {
    libre.remove();
    container.remove();
  }
}

function nearestScale(page: Page): number {
  const { zoom, lat } = page.map.camera();
  const nearness = (scale: number) => Math.abs(zoomOf(scale, lat) - zoom);
  return SCALES.reduce((best, scale) => (nearness(scale) < nearness(best) ? scale : best));
}

const ratioText = (scale: number): string => `1 : ${scale.toLocaleString(language() === "zh" ? "zh-CN" : "en-GB")}`;

function northArrow(): HTMLElement {
  return element("div", { class: "north" }, drawing('<svg viewBox="0 0 24 40" width="30" height="50" aria-hidden="true"><path d="M12 2l8 34-8-7z" fill="#1a1f26"/><path d="M12 2L4 36l8-7z" fill="#fff" stroke="#1a1f26"/></svg>'), element("span", {}, t("print.north")));
}

/** Four equal parts over some 40 to 100 mm of paper. */
function scaleBar(scale: number): HTMLElement {
  const roundM = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];
  const lengthM = roundM.findLast((metres) => (metres * 1000) / scale <= 60) ?? roundM[0]!;
  const widthMm = (lengthM * 1000) / scale;
  const text = (metres: number) => (lengthM >= 2_000 ? `${metres / 1000}` : `${metres}`);
  return element(
    "div",
    { class: "scale-bar", style: `width:${widthMm}mm` },
    element("div", { class: "scale-parts" }, element("i", {}), element("i", {}), element("i", {}), element("i", {})),
    element("div", { class: "scale-words" }, element("span", {}, "0"), element("span", {}, text(lengthM / 2)), element("span", {}, `${text(lengthM)} ${lengthM >= 2_000 ? "km" : "m"}`)),
    element("div", { class: "scale-ratio" }, ratioText(scale)),
  );
}
