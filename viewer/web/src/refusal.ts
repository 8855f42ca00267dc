/** Why something failed, in words for the person at the page. */

import { Refusal } from "./api";
import { t } from "./i18n";

export function reason(failure: unknown): string {
  if (failure instanceof Refusal) return failure.detail || failure.message || String(failure.status);
  // fetch throws a TypeError when there is no server to talk to; its own text differs by browser and says less.
  if (failure instanceof TypeError) return t("status.lost");
  return failure instanceof Error ? failure.message : String(failure);
}
