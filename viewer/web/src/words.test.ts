import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LABELLED_FIELDS, LABELLED_VALUES } from "./fields";
import { preferredLanguage } from "./i18n";
import { WORDS } from "./words";

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!).sort();
const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => [name, readFileSync(join(import.meta.dirname, name), "utf8")] as const);

describe("words", () => {
  it.each(Object.entries({ ...WORDS, ...LABELLED_FIELDS, ...LABELLED_VALUES }))("%s stands in both languages with the same gaps", (_key, { zh, en }) => {
    expect(zh.trim()).not.toBe("");
    expect(en.trim()).not.toBe("");
    expect(placeholders(zh)).toEqual(placeholders(en));
  });

  it.each(Object.keys(WORDS))("%s is used", (key) => {
    // The word of a tool, a group, a class of change or one of two versions is chosen by a template from its name.
    const [stem, choice] = key.split(".") as [string, string];
    const templated = stem === "tool" || stem === "change" || (stem === "layers" && ["areas", "lines", "points"].includes(choice)) || (stem === "compare" && ["earlier", "later"].includes(choice));
    const written = templated ? `\`${stem}.\${` : `"${key}"`;
    expect(sources.some(([name, text]) => name !== "words.ts" && text.includes(written))).toBe(true);
  });

  it("has Chinese sentences only in the tables", () => {
    const allowed = new Set(["words.ts", "fields.ts"]);
    const stray = sources.filter(([name, text]) => !allowed.has(name) && /["'`>][^"'`\n]*[\u4e00-\u9fff]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|\/\^?[^/\n]*模拟数据[^/\n]*\/i/gm, "")));
    expect(stray.map(([name]) => name)).toEqual([]);
  });

  it.each([
    [["zh-CN", "en"], "zh"],
    [["zh-Hant-TW"], "zh"],
    [["en-US", "zh"], "en"],
    [["de"], "en"],
    [[], "zh"],
  ] as const)("prefers for %j %s", (tags, language) => {
    expect(preferredLanguage(tags)).toBe(language);
  });
});
