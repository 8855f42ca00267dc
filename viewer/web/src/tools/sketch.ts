/** Drawing on the map with a pointer or the keyboard: a point, a line or an outline. */

import type { Position } from "geojson";
import type { MapMouseEvent } from "maplibre-gl";
import type { Page } from "../page";
import { sketched, type SketchForm } from "./outline";

/** Two clicks nearer than this are one corner: a double-click also sends its two single ones. */
const SAME_CORNER_PX = 4;

const LEAST_POSITIONS: Record<SketchForm, number> = { point: 1, line: 2, polygon: 3 };

export class Sketch {
  private positions: Position[] = [];
  private form: SketchForm = "polygon";
  private onDone: (positions: Position[]) => void = () => {};
  private onChange: (positions: Position[]) => void = () => {};
  private active = false;

  constructor(private readonly page: Page) {
    const { libre } = page.map;
    libre.on("click", (event) => this.active && this.add(event.lngLat.toArray()));
    libre.on("mousemove", (event) => this.active && this.hover(event));
    libre.on("dblclick", (event) => {
      if (!this.active) return;
      event.preventDefault();
      this.finish();
    });
    window.addEventListener("keydown", (event) => this.key(event));
  }

  /** Begins; `onChange` hears every step with the pointer's position as the last one, `onDone` the finished positions. */
  start(form: SketchForm, onDone: (positions: Position[]) => void, onChange: (positions: Position[]) => void = () => {}): void {
    this.form = form;
    this.onDone = onDone;
    this.onChange = onChange;
    this.positions = [];
    this.active = this.page.sketching = true;
    this.page.map.libre.doubleClickZoom.disable();
    this.page.map.libre.getCanvas().style.cursor = "crosshair";
    this.page.map.libre.getCanvas().focus();
    this.draw(this.positions);
  }

  /** Ends without a result; the drawing goes. */
  cancel(): void {
    this.stop();
    this.clear();
  }

  /** Shows a finished drawing that came from elsewhere, such as a link. */
  show(form: SketchForm, positions: Position[]): void {
    this.form = form;
    this.draw(positions);
  }

  clear(): void {
    this.page.map.overlay("sketch", []);
  }

  private stop(): void {
    if (!this.active) return;
    this.active = false;
    const { libre } = this.page.map;
    libre.getCanvas().style.cursor = "";
    // The double-click that closes must not also zoom: the map handles it after this listener.
    setTimeout(() => {
      libre.doubleClickZoom.enable();
      this.page.sketching = this.active;
    }, 50);
  }

  private add(position: Position): void {
    const last = this.positions.at(-1);
    if (last && this.sameCorner(last, position)) return;
    this.positions.push(position);
    this.draw(this.positions);
    this.onChange(this.positions);
    if (this.form === "point") this.finish();
  }

  private hover(event: MapMouseEvent): void {
    if (!this.positions.length) return;
    const towards = [...this.positions, event.lngLat.toArray()];
    this.draw(towards);
    this.onChange(towards);
  }

  private finish(): void {
    if (this.positions.length < LEAST_POSITIONS[this.form]) return;
    const { positions } = this;
    this.stop();
    this.draw(positions);
    this.onDone(positions);
  }

  private key(event: KeyboardEvent): void {
    if (!this.active || event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
    if (event.key === "Enter") this.finish();
    else if (event.key === "Escape") {
      const { form, onDone, onChange } = this;
      this.cancel();
      onChange([]);
      this.start(form, onDone, onChange);
    } else if (event.key === " ") this.add(this.page.map.libre.getCenter().toArray());
    else if (event.key === "Backspace") {
      this.positions.pop();
      this.draw(this.positions);
      this.onChange(this.positions);
    } else return;
    event.preventDefault();
  }

  private sameCorner(a: Position, b: Position): boolean {
    const { libre } = this.page.map;
    return libre.project([a[0]!, a[1]!]).dist(libre.project([b[0]!, b[1]!])) < SAME_CORNER_PX;
  }

  private draw(positions: Position[]): void {
    this.page.map.overlay("sketch", sketched(this.form, positions));
  }
}
