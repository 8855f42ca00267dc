/** The column of tools at the right edge, and the one panel that the chosen tool fills. */

import { drawing, element, fill } from "../element";
import { onLanguage, t } from "../i18n";
import type { WordKey } from "../words";

export interface Tool {
  id: "draw" | "measure" | "buffer" | "heat" | "compare" | "print";
  icon: string;
  /** Fills the panel, and is called again when the language changes; a tool that opens a window of its own gives null. */
  open(): HTMLElement | null;
  /** Opens over everything and leaves the active tool as it is, so that a sheet can show its answer. */
  modal?: true;
  /** Leaves the map as it was before. */
  close(): void;
}

export class Dock {
  readonly bar = element("nav", { class: "dock", "aria-label": t("page.tools") });
  readonly panel = element("section", { class: "panel tool-panel", hidden: true });
  private active: Tool | null = null;

  constructor(private readonly tools: readonly Tool[]) {
    this.draw();
    onLanguage(() => {
      this.draw();
      if (this.active) this.fillPanel(this.active);
    });
  }

  /** Chooses a tool; choosing the active one again puts it away. */
  choose(tool: Tool | null): void {
    if (tool?.modal) {
      tool.open();
      return;
    }
    const before = this.active;
    before?.close();
    this.active = tool === before ? null : tool;
    this.panel.hidden = true;
    if (this.active) this.fillPanel(this.active);
    this.draw();
  }

  /** Opens a tool without putting it away when it is open. */
  open(id: Tool["id"]): void {
    const tool = this.tools.find((candidate) => candidate.id === id);
    if (tool && tool !== this.active) this.choose(tool);
  }

  private fillPanel(tool: Tool): void {
    const content = tool.open();
    if (!content) {
      this.active = null;
      return;
    }
    this.panel.hidden = false;
    this.panel.setAttribute("aria-label", t(label(tool)));
    const close = element("button", { class: "close", type: "button", "aria-label": t("page.close"), onclick: () => this.choose(null) }, "✕");
    fill(this.panel, element("header", {}, element("h2", {}, t(label(tool))), close), content);
  }

  private draw(): void {
    this.bar.setAttribute("aria-label", t("page.tools"));
    const focused = document.activeElement?.getAttribute("data-testid");
    fill(
      this.bar,
      ...this.tools.map((tool) =>
        element(
          "button",
          {
            type: "button",
            "data-testid": `tool-${tool.id}`,
            "aria-pressed": String(tool === this.active),
            onclick: () => this.choose(tool),
          },
          drawing(tool.icon),
          element("span", {}, t(label(tool))),
        ),
      ),
    );
    if (focused) this.bar.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
  }
}

const label = (tool: Tool): WordKey => `tool.${tool.id}`;

const svg = (paths: string): string =>
  `<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

export const ICONS: Record<Tool["id"], string> = {
  draw: svg('<path d="M5 7l8-3 7 6-4 9-10-2z"/><circle cx="5" cy="7" r="1.6"/><circle cx="13" cy="4" r="1.6"/><circle cx="20" cy="10" r="1.6"/><circle cx="16" cy="19" r="1.6"/><circle cx="6" cy="17" r="1.6"/>'),
  measure: svg('<path d="M3 16L16 3l5 5L8 21z"/><path d="M7 12l2 2M10 9l3 3M13 6l2 2"/>'),
  buffer: svg('<circle cx="12" cy="12" r="3"/><circle cx="12" cy="12" r="8.5" stroke-dasharray="3 2.6"/>'),
  heat: svg('<path d="M8 3l4 2.3v4.6L8 12.2 4 9.9V5.3zM16 3l4 2.3v4.6l-4 2.3-4-2.3M12 9.9v4.8l-4 2.3-4-2.3V9.9M12 14.7l4 2.3 4-2.3V9.9M8 17v3M16 17v3"/>'),
  compare: svg('<rect x="3" y="4" width="12" height="12" rx="1" stroke-dasharray="3 2.2"/><rect x="9" y="8" width="12" height="12" rx="1"/>'),
  print: svg('<path d="M7 8V3h10v5M7 17H4V9h16v8h-3"/><path d="M7 14h10v7H7z"/>'),
};
