/** An answer as a file. */

import { element, fill } from "../element";
import { t } from "../i18n";

/** Excel takes a CSV without this mark for one in the machine's old code page, and garbles every Chinese character; the API serves plain UTF-8. */
const BYTE_ORDER_MARK = "\uFEFF";

/** A link that saves what `href` answers under the name `file`; its address is the API's own, for who copies it. */
export function download(testId: string, label: string, href: string, file: string): HTMLElement {
  const link = element("a", { class: "button", "data-testid": testId, href, download: file }, label);
  if (!file.endsWith(".csv")) return link;
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (link.ariaBusy === "true") return;
    link.ariaBusy = "true";
    fill(link, t("query.saving"));
    const response = await fetch(href).catch(() => null);
    // A connection may also end in the middle of the file.
    const rows = response?.ok ? await response.blob().catch(() => null) : null;
    if (rows) save(new Blob([BYTE_ORDER_MARK, rows], { type: "text/csv;charset=utf-8" }), file);
    link.ariaBusy = "false";
    fill(link, rows ? label : t("query.unsaved"));
  });
  return link;
}

function save(blob: Blob, file: string): void {
  const href = URL.createObjectURL(blob);
  element("a", { href, download: file }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
