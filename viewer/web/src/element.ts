/** HTML elements in one expression. */

type Child = Node | string | null | undefined | false;
type Properties = Record<string, string | number | boolean | ((event: never) => void) | null | undefined>;

/**
 * One HTML element. A property that begins with `on` is a listener; `class`, `data-*`, `aria-*` and every other one is an
 * attribute, where `false`, `null` and `undefined` leave it out. Text is never read as markup.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value as EventListener);
    else if (name === "value") (node as unknown as HTMLInputElement).value = String(value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) node.append(child);
  return node;
}

/** One drawing from markup that is part of this program, never from data. */
export function drawing(markup: string): SVGSVGElement {
  const holder = document.createElement("template");
  holder.innerHTML = markup;
  return holder.content.firstElementChild as SVGSVGElement;
}

/** Puts `children` in place of whatever `parent` holds. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...children.filter((child): child is Node | string => Boolean(child)));
}
