import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refusal } from "./api";
import { aggregates, datumLabel, featureName } from "./fields";
import { setLanguage } from "./i18n";
import { reason } from "./refusal";

beforeEach(() => vi.stubGlobal("document", { documentElement: { lang: "" } }));
afterEach(() => setLanguage("zh"));

describe("columns", () => {
  it.each([
    ["year_built", ["mean"]],
    ["ground_elevation_m", ["mean"]],
    ["height_m", ["mean"]],
    ["diameter_mm", ["mean"]],
    ["households", ["mean", "sum"]],
    ["length_m", ["mean", "sum"]],
    ["from_node", []],
    ["town_code", []],
    ["source_id", []],
  ])("%s is drawn together as %j", (column, quantities) => {
    expect(aggregates(column)).toEqual(quantities);
  });

  it("names a feature in the page's language, and a place of interest by its own name", () => {
    const town = { name: "海门区", name_en: "Haimen District", class: "city" };
    const school = { name: "江海中学", name_en: "School", class: "poi" };
    expect([featureName(town), featureName(school)]).toEqual(["海门区", "江海中学"]);
    setLanguage("en");
    expect([featureName(town), featureName(school), featureName({ name: "老城", name_en: "" }), featureName({ name: null, code: "HMF1" }), featureName(null)]).toEqual([
      "Haimen District", "江海中学", "老城", "HMF1", "",
    ]);
  });

  it("says an unknown datum in the page's language, and keeps one that it has no words for", () => {
    expect([datumLabel("unknown"), datumLabel("废黄河"), datumLabel("N2000")]).toEqual(["未知", "废黄河", "N2000"]);
    setLanguage("en");
    expect(datumLabel("unknown")).toBe("unknown");
  });
});

describe("a refusal", () => {
  it.each([
    [400, "filter", "条件写法有误"],
    [400, "distance_m", "距离超出范围"],
    [404, "version", "该版本已不再保存"],
    [404, undefined, "未找到"],
    [400, "a_parameter_of_tomorrow", "请求中有一项不被接受"],
    [503, "filter", "服务器繁忙，请稍后再试"],
    [500, undefined, "服务器内部出错"],
  ])("%d of %s is said in Chinese, with the server's detail below", (status, parameter, words) => {
    expect(reason(new Refusal(status, "Bad Request", "a detail", parameter))).toBe(`${words}\na detail`);
  });
});
