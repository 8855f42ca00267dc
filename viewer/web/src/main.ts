/** The planner's page: what exists is put together here, and nothing else happens here. */

import "./page.css";
import { scaleOf } from "./cartography/wall";
import { CatalogWatch } from "./catalog";
import { element } from "./element";
import { onLanguage, preferredLanguage, t } from "./i18n";
import { openPage } from "./page";
import { cardPanel } from "./panels/card";
import { layersPanel } from "./panels/layers";
import { searchBox } from "./panels/search";
import { banner, bottomLine, notices, topBar } from "./panels/status";
import { viewButtons } from "./panels/view";
import { bufferTool } from "./tools/buffer";
import { compareTool } from "./tools/compare";
import { Dock } from "./tools/dock";
import { heatTool } from "./tools/heat";
import { measureTool } from "./tools/measure";
import { printTool } from "./tools/print";
import { queryTool } from "./tools/query";
import { Sketch } from "./tools/sketch";

const root = document.querySelector<HTMLElement>("#page")!;
root.style.setProperty("--scale", String(scaleOf(window.innerWidth)));
// A plain link to the map would put its name where the shared view stands.
const skip = element("button", { type: "button", class: "skip", onclick: () => page.map.libre.getCanvas().focus() });
onLanguage(() => (skip.textContent = t("page.skip")));
const canvas = element("main", { class: "map", id: "map" });
root.append(skip, canvas);

const page = openPage(canvas, preferredLanguage(navigator.languages));
const sketch = new Sketch(page);
const dock = new Dock([queryTool(page, sketch), measureTool(page, sketch), bufferTool(page, sketch), heatTool(page), compareTool(page), printTool(page)]);
const bottom = bottomLine(page);
const alarm = banner(page);
const side = element("div", { class: "side" }, dock.panel, cardPanel(page, () => dock.open("buffer")));
root.append(topBar(page, searchBox(page)), layersPanel(page), side, element("div", { class: "rail" }, dock.bar, viewButtons(page)), bottom.line, notices(page), alarm.bar);

// A link pasted into this tab changes only the fragment: the page begins anew with it.
window.addEventListener("hashchange", () => location.reload());

let settled: () => void;
const ready = new Promise<void>((resolve) => (settled = resolve));
let first = true;
const watch = new CatalogWatch(
  (catalog) => {
    const shown = page.receive(catalog);
    if (!first) return;
    first = false;
    const { heat, query, buffer, compare, measure } = page.opened;
    const tool = heat ? "heat" : query ? "draw" : buffer ? "buffer" : compare ? "compare" : measure ? "measure" : null;
    if (tool) dock.open(tool);
    void shown.then(() => page.map.libre.once("idle", settled).triggerRepaint());
  },
  (connection) => {
    bottom.connected(connection);
    alarm.connected(connection);
  },
);
void watch.run();

declare global {
  interface Window {
    /** For tests and the browser's console: the map, and a promise of the first complete picture. */
    urbis: { map: typeof page.map.libre; ready: Promise<void> };
  }
}
window.urbis = { map: page.map.libre, ready };
