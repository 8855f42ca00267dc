// The planner's page in a real Chromium: ADDRESS FOLDER -> what was seen, step by step, as JSON. Screenshots go to FOLDER.
// The test asserts; this only acts and reports, so that a failure shows everything that happened before it.
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.URBIS_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const context = await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "zh-CN", acceptDownloads: true });
const page = await context.newPage();
page.setDefaultTimeout(60_000);
const seen = { errors: [], outside: [], failed: [], steps: {} };
page.on("console", (message) => ["error", "warning"].includes(message.type()) && seen.errors.push(`${message.type()}: ${message.text()} (${message.location().url})`));
page.on("pageerror", (error) => seen.errors.push(String(error)));
page.on("request", (request) => {
  const url = request.url();
  if (!url.startsWith(address) && !/^(blob|data):/.test(url)) seen.outside.push(url);
});
page.on("response", (response) => response.status() >= 400 && seen.failed.push(`${response.status()} ${response.url()}`));

const by = (id) => page.getByTestId(id);
const shot = (name) => page.screenshot({ path: join(folder, `page-${name}.png`) });
const idle = () => page.evaluate(() => new Promise((done) => (window.urbis.map.loaded() ? done() : window.urbis.map.once("idle", () => done()))));
const drawn = (layer) =>
  page.evaluate((layer) => new Set(window.urbis.map.queryRenderedFeatures().filter((f) => f.sourceLayer === layer).map((f) => f.id)).size, layer);
const number = (text) => Number(text.replace(/[^0-9]/g, ""));
const step = async (name, act) => {
  try {
    seen.steps[name] = (await act()) ?? true;
  } catch (error) {
    seen.steps[name] = { failed: String(error).slice(0, 600) };
    await shot(`failed-${name}`).catch(() => undefined);
  }
};

await step("load", async () => {
  await page.goto(address);
  await page.evaluate(() => window.urbis.ready);
  await idle();
  await shot("loaded");
  return { title: await page.title(), heading: await page.locator("h1").first().innerText(), drawn: await drawn("buildings"), simulated: await by("simulated").count() };
});

await step("toggle", async () => {
  const before = { drawn: await drawn("buildings"), picture: (await page.screenshot()).length };
  await by("layer-buildings").uncheck();
  await page.waitForFunction(() => !window.urbis.map.queryRenderedFeatures().some((f) => f.sourceLayer === "buildings"));
  const off = await drawn("buildings");
  await by("layer-buildings").check();
  await page.waitForFunction(() => window.urbis.map.queryRenderedFeatures().some((f) => f.sourceLayer === "buildings"));
  await idle();
  return { before: before.drawn, off, on: await drawn("buildings") };
});

await step("click", async () => {
  await page.evaluate(() => window.urbis.map.jumpTo({ pitch: 0, zoom: Math.max(16.5, window.urbis.map.getZoom()) }));
  await idle();
  // A place on screen where a building is on top, away from the panels.
  const target = await page.evaluate(() => {
    const map = window.urbis.map;
    for (let y = 250; y < 700; y += 10)
      for (let x = 500; x < 1100; x += 10) {
        const hits = map.queryRenderedFeatures([x, y]).filter((f) => f.sourceLayer);
        if (hits[0]?.sourceLayer === "buildings") return { x, y, id: hits[0].id };
      }
    return null;
  });
  if (!target) throw new Error("no building on screen");
  await page.mouse.click(target.x, target.y);
  await by("card").waitFor();
  await by("card").locator("table").waitFor();
  await shot("card");
  return { id: target.id, card: await by("card").innerText() };
});

await step("draw", async () => {
  await page.keyboard.press("Escape");
  await by("tool-draw").click();
  await by("query-layer").selectOption("buildings");
  const corners = [[520, 250], [1050, 270], [1080, 650], [800, 700], [510, 640]];
  // The outline as the map itself understands these pixels.
  const ring = await page.evaluate((corners) => {
    const box = window.urbis.map.getCanvas().getBoundingClientRect();
    return corners.map(([x, y]) => window.urbis.map.unproject([x - box.left, y - box.top]).toArray());
  }, corners);
  for (const [x, y] of corners) {
    await page.mouse.click(x, y);
    await page.waitForTimeout(350);
  }
  await page.keyboard.press("Enter");
  await by("answer-count").waitFor();
  await idle();
  await shot("answer");
  return { ring, count: number(await by("answer-count").innerText()), url: page.url() };
});

await step("download", async () => {
  const rows = {};
  for (const kind of ["csv", "geojson"]) {
    const [download] = await Promise.all([page.waitForEvent("download"), by(`download-${kind}`).click()]);
    const text = readFileSync(await download.path(), "utf8");
    if (kind === "csv") rows.mark = text.charCodeAt(0);
    rows[kind] = kind === "csv" ? text.trim().split("\n").length - 1 : JSON.parse(text).features.length;
  }
  return rows;
});

await step("filter", async () => {
  await by("query-filter").fill("height_m > -1 OR height_m IS NULL");
  const answered = page.waitForResponse((response) => response.url().includes("filter="));
  await by("query-run").click();
  const status = (await answered).status();
  await by("answer-count").waitFor();
  return { status, count: number(await by("answer-count").innerText()) };
});

await step("language", async () => {
  const words = () => page.locator("nav.dock").innerText();
  const before = { words: await words(), lang: await page.evaluate(() => document.documentElement.lang) };
  await by("lang").click();
  await page.waitForFunction((before) => document.querySelector("nav.dock").innerText !== before, before.words);
  const after = { words: await words(), lang: await page.evaluate(() => document.documentElement.lang) };
  await shot("english");
  await by("lang").click();
  return { before, after };
});

await step("measure", async () => {
  await by("tool-measure").click();
  for (const [x, y] of [[600, 300], [900, 500]]) {
    await page.mouse.click(x, y);
    await page.waitForTimeout(350);
  }
  await page.keyboard.press("Enter");
  seen.steps.measured = page.url();
  return await by("measure-geodesic").first().innerText();
});

// An outline that crosses itself has no area: no tool gives a number for it, and none takes it off the map.
await step("crossing", async () => {
  const bowTie = [[520, 250], [1000, 620], [1000, 260], [520, 600]];
  const sketch = async () => {
    for (const [x, y] of bowTie) {
      await page.mouse.click(x, y);
      await page.waitForTimeout(350);
    }
    await page.keyboard.press("Enter");
    await idle();
    return page.evaluate(() => window.urbis.map.queryRenderedFeatures().filter((f) => f.source === "~sketch" && f.layer.id === "~sketch:wrong").length);
  };
  const refusal = () => page.locator(".tool-panel .failure").innerText();
  await by("measure-polygon").click();
  const measure = { drawn: await sketch(), words: await refusal(), numbers: await by("measure-geodesic").count() };
  await shot("crossing");
  await by("tool-draw").click();
  const query = { drawn: await sketch(), words: await refusal(), numbers: await by("answer-count").count() };
  await by("tool-buffer").click();
  await by("buffer-polygon").click();
  const buffer = { drawn: await sketch(), words: await refusal(), numbers: await by("answer-count").count() };
  return { measure, query, buffer };
});

await step("distance", async () => {
  await by("buffer-point").click();
  await page.mouse.click(800, 450);
  await by("answer-count").waitFor();
  const outlines = () => page.evaluate(() => window.urbis.map.querySourceFeatures("~buffer").length);
  await page.waitForFunction(() => window.urbis.map.querySourceFeatures("~buffer").length > 0);
  const answered = page.url();
  const seen = [];
  for (const refused of ["-5", "", "50001"]) {
    await by("buffer-distance").fill("60");
    await by("buffer-run").click();
    await by("answer-count").waitFor();
    await by("buffer-distance").fill(refused);
    await idle();
    seen.push({ words: await page.locator(".tool-panel .failure").innerText(), answers: await by("answer-count").count(), outlines: await outlines() });
  }
  return { seen, answered };
});

// What each tool has done comes back in a browser that has never seen the page.
const reopen = async (name, url, look) => {
  const fresh = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "zh-CN" });
  const other = await fresh.newPage();
  await other.goto(url);
  await other.evaluate(() => window.urbis.ready);
  const found = await look(other);
  await other.screenshot({ path: join(folder, `page-restored-${name}.png`) });
  await fresh.close();
  return found;
};
await step("restored", async () => {
  const answer = async (other) => {
    await other.getByTestId("answer-count").waitFor();
    await other.waitForFunction(() => window.urbis.map.queryRenderedFeatures().some((f) => f.sourceLayer === "buildings" && f.state.answer));
    const rows = await other.locator(".rows li").evaluateAll((rows) => {
      const box = rows[0].parentElement.getBoundingClientRect();
      return rows.filter((row) => row.getBoundingClientRect().bottom <= Math.min(box.bottom, innerHeight)).length;
    });
    return { count: number(await other.getByTestId("answer-count").innerText()), rows };
  };
  return {
    query: await reopen("query", seen.steps.draw.url, answer),
    buffer: await reopen("buffer", seen.steps.distance.answered, answer),
    measure: await reopen("measure", seen.steps.measured, (other) => other.getByTestId("measure-geodesic").first().innerText()),
  };
});

// The current version's search results, while an earlier version without them is looked at.
await step("absent", async () => {
  await by("tool-buffer").click();
  const name = await page.evaluate(async () => {
    const asked = await fetch("/collections/buildings/items?limit=1&filter-lang=cql2-text&filter=" + encodeURIComponent("height_m >= 18 AND name IS NOT NULL"));
    return (await asked.json()).features[0].properties.name;
  });
  await by("version-buildings").selectOption("2");
  await by("search").fill(name);
  await page.locator('#search-results [role="option"]').first().waitFor();
  const listed = await page.locator('#search-results [role="option"]').first().innerText();
  await page.keyboard.press("Enter");
  await by("absent").waitFor();
  const words = await by("absent").innerText();
  await shot("absent");
  await by("show-current").click();
  await by("card").locator("table").waitFor();
  const card = await by("card").innerText();
  await page.keyboard.press("Escape");
  await by("search").fill("");
  return { name, listed, words, card };
});

await step("heat", async () => {
  await by("tool-heat").click();
  await by("heat-layer").selectOption("buildings");
  await by("heat-legend").waitFor();
  await idle();
  await shot("heat");
  const text = await by("heat-legend").innerText();
  await by("tool-heat").click();
  return text;
});

await step("compare", async () => {
  await by("tool-compare").click();
  await by("change-count").waitFor();
  await idle();
  const changes = () => page.evaluate(() => window.urbis.map.queryRenderedFeatures().filter((f) => f.source === "~change").length);
  await page.waitForFunction(() => window.urbis.map.queryRenderedFeatures().some((f) => f.source === "~change"));
  await shot("compare");
  const label = await page.locator('label[for="change-added"]').innerText();
  // What has not changed lies dimmed under what has.
  const unchanged = await drawn("buildings");
  const found = { count: number(await by("change-count").innerText()), added: number(label), drawn: await changes(), unchanged };
  found.restored = await reopen("compare", page.url(), async (other) => number(await other.getByTestId("change-count").innerText()));
  const answered = page.waitForResponse((response) => response.url().includes("class="));
  await by("change-added").uncheck();
  await answered;
  await idle();
  const [hidden, left] = [await changes(), number(await by("change-count").innerText())];
  await by("tool-compare").click();
  return { ...found, hidden, left };
});

await step("cluster", async () => {
  const view = await page.evaluate(() => ({ center: window.urbis.map.getCenter().toArray(), zoom: window.urbis.map.getZoom() }));
  await page.evaluate(() => window.urbis.map.jumpTo({ center: [24.945, 60.17], zoom: 11, pitch: 0 }));
  await idle();
  const seenNow = () =>
    page.evaluate(() => {
      const { map } = window.urbis;
      const box = map.getCanvas().getBoundingClientRect();
      const clusters = map.queryRenderedFeatures().filter((f) => f.sourceLayer === "sensors" && f.properties.point_count !== undefined);
      const [largest] = clusters.sort((a, b) => b.properties.point_count - a.properties.point_count);
      const { x, y } = map.project(largest?.geometry.coordinates ?? map.getCenter());
      return { points: largest?.properties.point_count, x: x + box.left, y: y + box.top, zoom: map.getZoom() };
    });
  const before = await seenNow();
  const moved = page.evaluate(() => new Promise((done) => window.urbis.map.once("moveend", () => done())));
  await page.mouse.click(before.x, before.y);
  await moved;
  await idle();
  const after = await seenNow();
  await page.evaluate((view) => window.urbis.map.jumpTo(view), view);
  await idle();
  return { before, after };
});

await step("search", async () => {
  await by("search").fill("buildings");
  await page.locator('#search-results [role="option"]').first().waitFor();
  return await page.locator('#search-results [role="option"]').count();
});

await step("link", async () => {
  const other = await context.newPage();
  await other.goto(page.url());
  await other.evaluate(() => window.urbis.ready);
  const view = (page) => page.evaluate(() => [...window.urbis.map.getCenter().toArray(), window.urbis.map.getZoom()]);
  const views = [await view(page), await view(other)];
  await other.close();
  return views;
});

// A server that goes away and comes back, by a relay before the real one: in a context of its own, for here requests do fail.
await step("outage", async () => {
  const { hostname, port } = new URL(address);
  const open = async (at) => {
    const relay = createServer((asked, answer) => {
      const onward = request({ hostname, port, path: asked.url, method: asked.method, headers: asked.headers }, (given) => {
        answer.writeHead(given.statusCode, given.headers);
        given.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      asked.pipe(onward);
    });
    await new Promise((listening) => relay.listen(at, "127.0.0.1", listening));
    // A step that fails before it closes the relay must not keep this process.
    return relay.unref();
  };
  let relay = await open(0);
  const at = relay.address().port;
  const outage = await browser.newContext({ viewport: { width: 1366, height: 768 }, locale: "zh-CN" });
  const away = await outage.newPage();
  let missing = 0;
  away.on("requestfailed", (request) => request.url().includes("/tiles/") && (missing += 1));
  await away.goto(`http://127.0.0.1:${at}`);
  await away.evaluate(() => window.urbis.ready);
  const roads = () => away.evaluate(() => new Set(window.urbis.map.queryRenderedFeatures().filter((f) => f.sourceLayer === "roads").map((f) => f.id)).size);
  relay.close();
  relay.closeAllConnections();
  await away.getByTestId("banner").waitFor();
  const lost = { banner: await away.getByTestId("banner").innerText(), stale: await away.evaluate(() => document.body.classList.contains("stale")) };
  // To tiles that have not been loaded, for longer than the page waits before it tries again by itself.
  await away.evaluate(() => window.urbis.map.jumpTo({ zoom: 11, pitch: 0, bearing: 0 }));
  await away.waitForTimeout(7_000);
  lost.missing = missing;
  await away.screenshot({ path: join(folder, "page-outage.png") });
  relay = await open(at);
  await away.getByTestId("banner").waitFor({ state: "hidden" });
  // A tile that is waited for and never asked for would keep this from coming true.
  await away.waitForFunction(() => window.urbis.map.areTilesLoaded(), undefined, { timeout: 30_000 });
  await away.waitForTimeout(500);
  const back = { drawn: await roads(), stale: await away.evaluate(() => document.body.classList.contains("stale")) };
  await away.screenshot({ path: join(folder, "page-return.png") });
  await outage.close();
  relay.close();
  relay.closeAllConnections();
  return { lost, back };
});

await step("privacy", async () => {
  await page.goto(`${address}/privacy`);
  return await page.innerText("body");
});

await browser.close();
process.stdout.write(JSON.stringify(seen));
