/** The top bar, the bottom line and the banner: which city, how fresh, and loudly when that is no longer known. */

import { drawing, element, fill } from "../element";
import { language, onLanguage, setLanguage, t, titleOf } from "../i18n";
import type { Connection } from "../catalog";
import type { Page } from "../page";
import { plainTitle } from "./layers";

const MARK = `<svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true"><path d="M7 25V13l6-4v16zM15 25V6l7 4v15zM24 25V15l3 2v8z" fill="#56b4e9"/><path d="M5 27.5h23" stroke="#e69f00" stroke-width="2"/></svg>`;

/** How long a notice stays. */
const NOTICE_MS = 6_000;

export function topBar(page: Page, search: HTMLElement): HTMLElement {
  const bar = element("header", { class: "top" });
  const identity = element("div", { class: "identity" });
  const actions = element("div", { class: "actions" });
  bar.append(identity, search, actions);
  let copied = false;

  const draw = () => {
    const title = page.catalog ? titleOf(page.catalog) : t("page.loading");
    document.title = page.catalog ? `${title} · urbis` : "urbis";
    fill(
      identity,
      drawing(MARK),
      element("div", {}, element("h1", {}, title), element("p", {}, `urbis · ${t("page.title")}`)),
      page.catalog?.simulated && element("strong", { class: "simulated", "data-testid": "simulated", title: t("page.simulated.long") }, t("page.simulated")),
    );
    fill(
      actions,
      element("button", { type: "button", class: "button", onclick: () => void page.home(true), title: t("page.home"), "aria-label": t("page.home") }, "⌂"),
      element(
        "button",
        { type: "button", class: "button", "data-testid": "view-3d", "aria-pressed": String(page.threeD), "aria-label": t("page.view3d.label"), onclick: () => page.setThreeD(!page.threeD) },
        t("page.view3d"),
      ),
      element(
        "button",
        {
          type: "button",
          class: "button",
          "data-testid": "share",
          onclick: async () => {
            page.writeLink();
            await navigator.clipboard?.writeText(location.href).catch(() => undefined);
            copied = true;
            draw();
            setTimeout(() => {
              copied = false;
              draw();
            }, 1600);
          },
        },
        t(!copied ? "page.share" : page.linkIsPartial() ? "page.shared.without" : "page.shared"),
      ),
      element(
        "button",
        { type: "button", class: "button", "data-testid": "lang", "aria-label": t("page.language.label"), lang: language() === "zh" ? "en" : "zh-CN", onclick: () => setLanguage(language() === "zh" ? "en" : "zh") },
        t("page.language"),
      ),
    );
  };
  page.on("catalog", draw);
  page.on("visible", draw);
  onLanguage(draw);
  draw();
  return bar;
}

export function bottomLine(page: Page): { line: HTMLElement; connected: (connection: Connection) => void } {
  const state = element("span", { class: "state", "data-testid": "connection" });
  const position = element("span", { class: "position" });
  const sources = element("details", { class: "sources" });
  const links = element("span", { class: "links" });
  const line = element("footer", { class: "bottom" }, state, position, sources, links);
  let connection: Connection = { state: "waiting" };

  const draw = () => {
    state.className = `state ${connection.state}`;
    const clock = connection.state === "live" ? clockText(connection.at) : "";
    const revision = page.catalog?.revision === undefined ? "" : ` · ${t("status.revision", { revision: page.catalog.revision })}`;
    fill(state, element("i", {}), connection.state === "live" ? `${t("status.live")} ${clock}${revision}` : t(connection.state === "lost" ? "status.lost" : "page.loading"));
    const named = [...new Set((page.catalog?.layers ?? []).map(({ source, licence }) => [source, licence].filter(Boolean).join(", ")).filter(Boolean))];
    // A long attribution is cut in the line, never in the list that it unfolds to.
    sources.hidden = !named.length;
    fill(
      sources,
      element("summary", { title: t("status.sources") }, element("span", {}, `© ${named[0]}`), named.length > 1 && element("b", {}, `+${named.length - 1}`)),
      element("div", { class: "panel" }, element("h2", {}, t("status.sources")), element("ul", {}, ...named.map((name) => element("li", {}, name)))),
    );
    position.title = t("status.position");
    fill(links, element("a", { href: "/privacy", target: "_blank", rel: "noopener" }, t("page.privacy")), element("a", { href: "/docs", target: "_blank", rel: "noopener" }, t("page.docs")));
  };
  const { libre } = page.map;
  let pointer: [number, number] | null = null;
  const drawPosition = () => {
    const [lon, lat] = pointer ?? libre.getCenter().toArray();
    position.textContent = `${lon!.toFixed(5)}°, ${lat!.toFixed(5)}° · EPSG:4490 · ${t("status.zoom", { zoom: libre.getZoom().toFixed(1) })}`;
  };
  libre.on("mousemove", ({ lngLat }) => {
    pointer = lngLat.toArray();
    drawPosition();
  });
  libre.on("move", drawPosition);
  page.on("catalog", draw);
  onLanguage(() => {
    draw();
    drawPosition();
  });
  draw();
  drawPosition();
  return {
    line,
    connected: (now) => {
      connection = now;
      draw();
    },
  };
}

/** Nothing while all is well; else what is wrong, over the map, until it is right again. */
export function banner(page: Page): { bar: HTMLElement; connected: (connection: Connection) => void } {
  const bar = element("div", { class: "banner", role: "alert", "data-testid": "banner", hidden: true });
  let connection: Connection = { state: "waiting" };
  const draw = () => {
    const lost = connection.state === "lost";
    bar.hidden = !lost && !page.incomplete;
    bar.classList.toggle("lost", lost);
    document.body.classList.toggle("stale", lost);
    if (connection.state === "lost") {
      const { last } = connection;
      fill(bar, element("strong", {}, t("status.lost")), last ? t("status.lost.since", { time: clockText(last) }) : t("status.never"));
    } else if (page.incomplete) {
      fill(bar, t("status.tiles"));
    }
  };
  page.on("trouble", draw);
  onLanguage(draw);
  return {
    bar,
    connected: (now) => {
      if (connection.state === "lost" && now.state === "live") page.reconnected();
      connection = now;
      draw();
    },
  };
}

/** A short word on what has just changed by itself: a new layer, a new version. */
export function notices(page: Page): HTMLElement {
  const box = element("div", { class: "notices", role: "status", "data-testid": "notices" });
  let before: Map<string, number> | null = null;
  page.on("catalog", () => {
    const layers = page.catalog?.layers ?? [];
    for (const layer of before ? layers : []) {
      const revision = before?.get(layer.name);
      if (revision === layer.revision) continue;
      const note = element("p", { class: "panel" }, t(revision === undefined ? "status.added" : "status.updated", { layer: plainTitle(layer) }));
      box.append(note);
      setTimeout(() => note.remove(), NOTICE_MS);
    }
    before = new Map(layers.map(({ name, revision }) => [name, revision]));
  });
  return box;
}

const clockText = (at: Date): string => at.toLocaleTimeString(language() === "zh" ? "zh-CN" : "en-GB", { hour12: false });
