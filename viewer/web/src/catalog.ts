/** The catalogue, asked for every second: what changed, and whether what is seen is still true. */

import { api, type Catalog } from "./api";

/** How often the page asks; an import is on screen within this and the time of a tile. */
const POLL_MS = 1_000;
/** An answer later than this counts as none. */
const TIMEOUT_MS = 4_000;

export type Connection = { state: "waiting" } | { state: "live"; at: Date } | { state: "lost"; last: Date | null };

export class CatalogWatch {
  connection: Connection = { state: "waiting" };
  private last: Date | null = null;
  private seen = "";

  /** `onCatalog` runs when the catalogue differs from the one before, `onConnection` after every answer and every silence. */
  constructor(
    private readonly onCatalog: (catalog: Catalog) => void,
    private readonly onConnection: (connection: Connection) => void,
  ) {}

  /** Asks until the page closes; the next question waits for the answer to this one. */
  async run(): Promise<never> {
    for (;;) {
      await this.ask();
      await new Promise((resume) => setTimeout(resume, POLL_MS));
    }
  }

  private async ask(): Promise<void> {
    try {
      const catalog = await api.catalog(AbortSignal.timeout(TIMEOUT_MS));
      this.last = new Date();
      this.connection = { state: "live", at: this.last };
      const text = JSON.stringify(catalog);
      if (text !== this.seen) {
        this.seen = text;
        this.onCatalog(catalog);
      }
    } catch {
      // Whatever the cause (no network, a 500, half a body), the picture is no longer known to be true.
      this.connection = { state: "lost", last: this.last };
    }
    this.onConnection(this.connection);
  }
}
