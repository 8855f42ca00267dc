/** Search over layer titles, names and codes, all from the keyboard if one likes: `/` to begin, arrows, Enter, Escape. */

import { api, MAX_SEARCH_RESULTS } from "../api";
import { element, fill } from "../element";
import { count, decimal, onLanguage, t } from "../i18n";
import type { Page } from "../page";
import { reason } from "../refusal";
import { arrange, type Found } from "./found";
import { plainTitle } from "./layers";

/** A pause in typing after which the server is asked. */
const PAUSE_MS = 180;
const RESULT_ZOOM = 16.5;

export function searchBox(page: Page): HTMLElement {
  const list = element("ul", { class: "results", id: "search-results", role: "listbox", hidden: true });
  const input = element("input", {
    type: "search",
    "data-testid": "search",
    role: "combobox",
    "aria-controls": "search-results",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void ask(), PAUSE_MS);
    },
    onkeydown: (event: KeyboardEvent) => key(event),
    onfocus: () => results.length && open(true),
  });
  let timer = 0;
  let asking: AbortController | null = null;
  let results: Found[] = [];
  let more = false;
  /** The server has given as many as it gives, so that a street may have more parts than are counted. */
  let cut = false;
  let active = -1;

  const open = (shown: boolean) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) input.removeAttribute("aria-activedescendant");
  };
  const message = (words: string) => {
    fill(list, element("li", { class: "quiet", role: "presentation" }, words));
    open(true);
  };
  const ask = async () => {
    asking?.abort();
    results = [];
    active = -1;
    const text = input.value.trim();
    if (!text) return open(false);
    asking = new AbortController();
    try {
      const found = (await api.search(text, asking.signal)).results;
      const { lon, lat } = page.map.camera();
      results = arrange(found, [lon, lat], (name) => page.layer(name)?.geometry === "line");
      cut = found.length === MAX_SEARCH_RESULTS;
      more = cut || results.reduce((sum, { parts }) => sum + parts, 0) < found.length;
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return;
      return message(t("search.failed", { reason: reason(failure) }));
    }
    if (!results.length) return message(t("search.none", { text }));
    draw();
    open(true);
  };
  const draw = () => {
    fill(
      list,
      ...results.map(({ result, parts, away }, i) => {
        const layer = page.layer(result.layer);
        return element(
          "li",
          {
            id: `search-result-${i}`,
            role: "option",
            "aria-selected": String(i === active),
            // mousedown comes before the input's blur, which would take the list away under the pointer.
            onmousedown: (event: MouseEvent) => {
              event.preventDefault();
              choose({ result });
            },
          },
          element("span", {}, result.kind === "layer" && layer ? plainTitle(layer) : result.name, parts > 1 && element("small", { class: "parts" }, t("search.parts", { count: cut ? `${parts}+` : parts }))),
          element("small", {}, [result.kind === "layer" ? t("search.layer") : layer ? plainTitle(layer) : result.layer, away && awayText(away)].filter(Boolean).join(" · ")),
        );
      }),
      more && element("li", { class: "quiet", role: "presentation" }, t("search.more")),
    );
    if (active >= 0) input.setAttribute("aria-activedescendant", `search-result-${active}`);
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  };
  const choose = ({ result }: Pick<Found, "result">) => {
    open(false);
    if (!page.visible.has(result.layer)) page.show(result.layer, true);
    const layer = page.layer(result.layer);
    if (result.kind === "layer") {
      if (layer?.bbox) page.fit(layer.bbox);
      return;
    }
    if (result.lon !== undefined && result.lat !== undefined) page.fly([result.lon, result.lat], RESULT_ZOOM);
    if (result.id !== undefined) void page.select(result.layer, result.id, [], true);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!results.length) return;
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + results.length) % results.length;
      draw();
      open(true);
    } else if (event.key === "Enter") {
      const result = results[Math.max(active, 0)];
      if (result) choose(result);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      open(false);
    } else return;
    event.preventDefault();
  };
  input.addEventListener("blur", () => open(false));
  window.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    input.focus();
  });
  const label = () => {
    input.setAttribute("aria-label", t("search.label"));
    input.placeholder = t("search.label");
  };
  onLanguage(label);
  label();
  return element("div", { class: "search" }, input, list);
}

/** How far and in which of eight directions. */
function awayText({ metres, bearingDeg }: NonNullable<Found["away"]>): string {
  const bearing = t("search.bearings").split(" ")[Math.round(bearingDeg / 45) % 8]!;
  return `${metres < 1000 ? `${count(Math.round(metres))} m` : `${decimal(metres / 1000, 1)} km`} ${bearing}`;
}
