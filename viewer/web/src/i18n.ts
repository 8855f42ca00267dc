/** The page's language: one current choice, and whoever must redraw when it changes. */

import { WORDS, type WordKey } from "./words";

export type Language = "zh" | "en";

let current: Language = "zh";
const listeners: (() => void)[] = [];

export const language = (): Language => current;

/** Chinese unless the browser asks for another language first. */
export function preferredLanguage(tags: readonly string[]): Language {
  return tags.length === 0 || tags[0]!.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function setLanguage(chosen: Language): void {
  current = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const redraw of listeners) redraw();
}

/** Runs `redraw` after every change of language. */
export function onLanguage(redraw: () => void): void {
  listeners.push(redraw);
}

/** The words for `key`, with `{name}` replaced by `values.name`. */
export function t(key: WordKey, values: Record<string, string | number> = {}): string {
  return WORDS[key][current].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** A title of the data, in the page's language where the data has one. */
export function titleOf(titled: { title: string; title_en: string }): string {
  return (current === "zh" ? titled.title || titled.title_en : titled.title_en || titled.title) || "";
}

/** A whole count with the language's separators. */
export const count = (value: number): string => value.toLocaleString(current === "zh" ? "zh-CN" : "en-GB");

/** A measured number: at most `decimals` decimals, thousands separated. */
export function decimal(value: number, decimals: number): string {
  return value.toLocaleString(current === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
}
