/** Compare: what changed in a layer between two of its versions, by class, on the map and as a list. */

import { address, api, changesOf, type CatalogLayer, type ChangedFeature, type Changes } from "../api";
import { CHANGE_CLASSES, CHANGE_COLOURS, type ChangeClass } from "../cartography/palette";
import { element, fill } from "../element";
import { count, decimal, onLanguage, t, titleOf } from "../i18n";
import type { CompareChoice } from "../link";
import type { Page } from "../page";
import { reason } from "../refusal";
import { ICONS, type Tool } from "./dock";
import { download } from "./download";

/** Rows listed; the download holds every change of the classes that are not put away. */
const LISTED = 100;
/** Changes drawn on the map, of the classes that are not put away. */
const DRAWN = 2_000;

export function compareTool(page: Page): Tool {
  const answer = element("div", { class: "answer", "aria-live": "polite" });
  let choice = page.compare;
  let shown: Changes | null = null;
  /** Classes that a person has put away. */
  const hidden = new Set<ChangeClass>();
  let asking: AbortController | null = null;

  const compared = (): CatalogLayer | undefined => page.catalog?.layers.find(({ name }) => name === choice?.layer);

  const ask = async () => {
    const layer = compared();
    if (!layer || !choice) return;
    asking?.abort();
    asking = new AbortController();
    if (!shown) fill(answer, element("p", { class: "quiet" }, t("compare.running")));
    try {
      shown = await api.changes(layer, { ...asked(choice), limit: String(DRAWN) }, asking.signal);
      draw(layer);
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === "AbortError") return;
      shown = null;
      page.map.overlay("change", []);
      fill(answer, element("p", { class: "failure", role: "alert" }, t("compare.failed", { reason: reason(failure) })));
    }
  };

  const seenClasses = () => CHANGE_CLASSES.filter((name) => !hidden.has(name));

  /** Versions and classes as the server takes them; no `class` asks for all. */
  const asked = ({ earlier, later }: CompareChoice): Record<string, string> => ({
    from: String(earlier),
    to: String(later),
    ...(hidden.size > 0 && { class: seenClasses().join(",") }),
  });

  /** What is drawn follows the ticks at once; what lies beyond the first changes, with the server's answer. */
  const toggled = (layer: CatalogLayer) => {
    if (!shown) return;
    if (seenClasses().length === 0) {
      asking?.abort();
      shown = { ...shown, features: [], numberMatched: 0 };
    } else void ask();
    draw(layer);
  };

  const draw = (layer: CatalogLayer) => {
    if (!shown || !choice) return;
    const { counts, features, numberMatched } = shown;
    // Drawn and listed as the weightiest of its classes that are not put away.
    const seen = features.flatMap((feature) => {
      const change = feature.properties.changes.find((name) => !hidden.has(name));
      return change ? [{ feature, change }] : [];
    });
    page.map.overlay("change", seen.map(({ feature, change }) => ({ ...feature, properties: { colour: CHANGE_COLOURS[change] } })));
    const classes = CHANGE_CLASSES.filter((name) => counts[name] > 0);
    const downloaded = asked(choice);
    const file = (form: "csv" | "geojson") => address(changesOf(layer), { ...downloaded, f: form, limit: "all" });
    const focused = answer.contains(document.activeElement) ? document.activeElement?.id : undefined;
    fill(
      answer,
      element("p", { class: "count" }, element("strong", { "data-testid": "change-count" }, count(numberMatched)), ` ${t("compare.changed")}`),
      element("p", { class: "quiet" }, t("compare.unchanged", { count: count(counts.unchanged) })),
      element("ul", { class: "ramp" }, ...classes.map((name) => classRow(name, counts[name], layer))),
      numberMatched > 0 && element(
        "p",
        { class: "downloads" },
        download("changes-csv", t("query.csv"), file("csv"), `${layer.name}-changes.csv`),
        download("changes-geojson", t("query.geojson"), file("geojson"), `${layer.name}-changes.geojson`),
      ),
      numberMatched > features.length && element("p", { class: "quiet" }, t("query.marked", { shown: count(features.length) })),
      seen.length > LISTED && element("p", { class: "quiet" }, t("query.showing", { shown: LISTED })),
      element("ol", { class: "rows" }, ...seen.slice(0, LISTED).map(({ feature, change }) => row(feature, change))),
    );
    if (focused) document.getElementById(focused)?.focus();
  };

  /** One class with its colour and count; a click puts it away or brings it back. */
  const classRow = (name: ChangeClass, number: number, layer: CatalogLayer) => {
    const toggle = element("input", {
      type: "checkbox",
      id: `change-${name}`,
      "data-testid": `change-${name}`,
      checked: !hidden.has(name),
      onchange: () => {
        if (toggle.checked) hidden.delete(name);
        else hidden.add(name);
        toggled(layer);
      },
    });
    return element("li", {}, toggle, element("i", { style: `background:${CHANGE_COLOURS[name]}` }), element("label", { for: `change-${name}` }, `${t(`change.${name}`)} ${count(number)}`));
  };

  const row = (feature: ChangedFeature, change: ChangeClass) => {
    const name = String(feature.properties.source_id ?? `#${feature.id}`);
    const button = element("button", { type: "button", onclick: () => page.fitFeature(feature) }, element("span", {}, name), element("small", {}, `${t(`change.${change}`)} ${detail(feature, change)}`));
    return element("li", {}, button);
  };

  onLanguage(() => {
    const layer = compared();
    if (layer) draw(layer);
  });

  return {
    id: "compare",
    icon: ICONS.compare,
    open() {
      const layers = (page.catalog?.layers ?? []).filter(({ versions }) => versions.length > 1);
      const layer = layers.find(({ name }) => name === choice?.layer) ?? layers.find(({ kind }) => kind === "building") ?? layers[0];
      if (!layer) return element("div", { class: "body" }, element("p", { class: "quiet" }, t("compare.none")));
      const versions = [...layer.versions].sort((a, b) => b - a);
      const isKept = (of: CompareChoice) => of.layer === layer.name && versions.includes(of.earlier) && versions.includes(of.later) && of.earlier < of.later;
      // A link may be older than what is kept; a choice of another layer has no versions yet.
      const gone = choice !== null && choice.earlier > 0 && !isKept(choice);
      if (!choice || !isKept(choice)) {
        choice = { layer: layer.name, earlier: versions[1]!, later: versions[0]! };
      }
      // Walls would hide what changed on the ground, as under heat.
      void page.map.compose({ threeD: false, dimmed: layer.name });
      const chosen = choice;
      page.compare = chosen;
      page.writeLink();
      const body = element("div", { class: "body" });
      const layerSelect = element(
        "select",
        {
          id: "compare-layer",
          "data-testid": "compare-layer",
          onchange: () => {
            choice = { layer: layerSelect.value, earlier: 0, later: 0 };
            body.replaceWith(this.open()!);
          },
        },
        ...layers.map((candidate) => element("option", { value: candidate.name, selected: candidate === layer }, titleOf(candidate) || candidate.name)),
      );
      const versionSelect = (which: "earlier" | "later") => {
        const select = element(
          "select",
          {
            id: `compare-${which}`,
            "data-testid": `compare-${which}`,
            onchange: () => {
              chosen[which] = Number(select.value);
              choice = inOrder(chosen, which, versions);
              body.replaceWith(this.open()!);
            },
          },
          ...versions.map((version) => element("option", { value: version, selected: version === chosen[which] }, t("compare.version", { version }))),
        );
        return element("div", { class: "field" }, element("label", { for: `compare-${which}` }, t(`compare.${which}`)), select);
      };
      fill(
        body,
        gone && element("p", { class: "failure" }, t("compare.gone")),
        element("div", { class: "field" }, element("label", { for: "compare-layer" }, t("compare.layer")), layerSelect),
        versionSelect("earlier"),
        versionSelect("later"),
        answer,
      );
      shown = null;
      // With nothing to ask for there would be no ticks to bring a class back by.
      if (seenClasses().length === 0) hidden.clear();
      void ask();
      return body;
    },
    close() {
      asking?.abort();
      shown = null;
      fill(answer);
      page.compare = null;
      page.map.overlay("change", []);
      page.writeLink();
      void page.map.compose({ threeD: page.threeD && !page.heat, dimmed: null });
    },
  };
}

/** Two versions, the earlier first: in the wrong order they change places, and of two equal ones the other moves on. */
function inOrder(choice: CompareChoice, chosen: "earlier" | "later", newestFirst: number[]): CompareChoice {
  const { earlier, later } = choice;
  if (earlier > later) return { ...choice, earlier: later, later: earlier };
  if (earlier < later) return choice;
  const at = newestFirst.indexOf(earlier);
  const [newer, older] = [newestFirst[at - 1], newestFirst[at + 1]];
  if (older === undefined || (chosen === "earlier" && newer !== undefined)) return { ...choice, later: newer! };
  return { ...choice, earlier: older };
}

/** The number that tells most of a change. */
function detail({ properties }: ChangedFeature, change: ChangeClass): string {
  const metres = (value: unknown) => decimal(Number(value), 1);
  switch (change) {
    case "taller":
    case "lower":
      return t("compare.height", { from: metres(properties.earlier_height_m), to: metres(properties.height_m) });
    case "moved":
      return t("compare.moved", { metres: metres(properties.moved_m) });
    case "added":
      return properties.area_m2 ? t("compare.area", { area: decimal(properties.area_m2, 0) }) : "";
    case "removed":
      return properties.earlier_area_m2 ? t("compare.area", { area: decimal(properties.earlier_area_m2, 0) }) : "";
    default:
      return "";
  }
}
