/** Zoom and north, for those who have a touch screen, a wall or no wheel. */

import { element, fill } from "../element";
import { onLanguage, t } from "../i18n";
import type { Page } from "../page";

export function viewButtons(page: Page): HTMLElement {
  const { libre } = page.map;
  const group = element("div", { class: "view", role: "group" });
  const needle = element("span", { class: "needle" }, "▲");
  // Half as wide as high: an even triangle points three ways.
  const turn = () => (needle.style.transform = `rotate(${-libre.getBearing()}deg) scaleX(0.5)`);
  libre.on("rotate", turn);
  const draw = () => {
    const button = (label: string, onclick: () => void, face: Node | string) => element("button", { type: "button", "aria-label": label, title: label, onclick }, face);
    fill(
      group,
      button(t("page.zoomIn"), () => libre.zoomIn(), "+"),
      button(t("page.zoomOut"), () => libre.zoomOut(), "−"),
      button(t("page.north"), () => libre.resetNorth(), needle),
    );
  };
  onLanguage(draw);
  draw();
  turn();
  return group;
}
