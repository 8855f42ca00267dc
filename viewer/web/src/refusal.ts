/** Why something failed, in words for the person at the page. */

import { Refusal } from "./api";
import { t } from "./i18n";
import type { WordKey } from "./words";

/** What the server refused, by the parameter that it names. */
const BY_PARAMETER: Record<string, WordKey> = {
  filter: "refusal.filter", intersects: "refusal.geometry", within: "refusal.geometry", geometry: "refusal.geometry", distance_m: "refusal.distance",
  version: "refusal.version", from: "refusal.version", to: "refusal.version", layer: "refusal.layer", fid: "refusal.feature", column: "refusal.column", q: "refusal.text",
};

/** In the page's language, and on a line of its own the server's detail, which is English. */
export function reason(failure: unknown): string {
  if (failure instanceof Refusal) return [t(refusalWords(failure)), failure.detail || failure.message || String(failure.status)].join("\n");
  // fetch throws a TypeError when there is no server to talk to; its own text differs by browser and says less.
  if (failure instanceof TypeError) return t("status.lost");
  return failure instanceof Error ? failure.message : String(failure);
}

function refusalWords({ status, parameter }: Refusal): WordKey {
  if (status === 414 || status === 413 || status === 431) return "refusal.long";
  if (status === 429 || status === 503) return "refusal.busy";
  if (status >= 500) return "refusal.broken";
  const words = parameter === undefined ? undefined : BY_PARAMETER[parameter];
  if (words) return words;
  return status === 404 ? "refusal.missing" : status === 400 ? "refusal.parameter" : "refusal.other";
}
