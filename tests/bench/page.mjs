// The planner's page in a real Chromium, timed where a person waits: ADDRESS FOLDER FIRST_ZOOM LAST_ZOOM LON LAT -> JSON on standard output.
// Times are taken in the page, from the act until the picture that shows its whole result is rasterised, so the driver's round trips don't count.
import { join } from "node:path";
import { chromium } from "playwright-core";

const [address, folder, ...place] = process.argv.slice(2);
const [first, last, lon, lat] = place.map(Number);
const PANS = 8;
const LIMIT_MS = 120_000;

const browser = await chromium.launch({
  executablePath: process.env.URBIS_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const page = await (await browser.newContext({ viewport: { width: 1600, height: 900 }, locale: "zh-CN" })).newPage();
page.setDefaultTimeout(LIMIT_MS);
const errors = [];
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
page.on("pageerror", (error) => errors.push(String(error)));
// Tiles are asked for by workers, whose timings the page itself does not see.
let tiles_ms = [];
page.on("requestfinished", (request) => request.url().includes("/tiles/buildings/") && tiles_ms.push(request.timing().responseEnd));
const within = (what, promise) => Promise.race([promise, new Promise((_, fail) => setTimeout(() => fail(new Error(`${what}: not seen in ${LIMIT_MS} ms`)), LIMIT_MS).unref())]);
const whole = async (act, argument) => {
  tiles_ms = [];
  const ms = await within(act, page.evaluate(`window.whole((map) => (${act})(map, ${JSON.stringify(argument)}))`));
  return { ms, tiles_ms };
};

await page.addInitScript(() => {
  // Reading a pixel back waits for all that was drawn before.
  const rasterised = (map) => {
    const gl = map.getCanvas().getContext("webgl2");
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  };
  // The first picture after which nothing is still to come: every tile in view is there and drawn.
  window.whole = (act) =>
    new Promise((done) => {
      const { map } = window.urbis;
      const began = performance.now();
      const look = () => {
        if (!map.areTilesLoaded()) return;
        map.off("render", look);
        rasterised(map);
        done(performance.now() - began);
      };
      act(map);
      map.on("render", look);
      map.triggerRepaint();
    });
  // From the next input event to the picture with the element that answers it.
  window.answered = (event, selector) => {
    let began = 0;
    addEventListener(event, () => (began = performance.now()), { once: true, capture: true });
    window.answer = new Promise((done) => {
      const look = () => {
        if (!began || !document.querySelector(selector)) return;
        seen.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
      };
      const seen = new MutationObserver(look);
      seen.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  };
  addEventListener("DOMContentLoaded", () => {
    const wait = () => (window.urbis ? (window.opened = window.urbis.ready.then(() => (rasterised(window.urbis.map), performance.now()))) : setTimeout(wait));
    wait();
  });
});

const steps = {};
await page.goto(address);
await page.waitForFunction(() => window.opened);
steps.open = [{ ms: await within("the page", page.evaluate(() => window.opened)), tiles_ms }];
await page.screenshot({ path: join(folder, "page-open.png") });

const look = (map, to) => map.jumpTo(to);
await whole(look, { zoom: first - 1, center: [lon, lat], pitch: 0, bearing: 0 });
steps.zoom = [];
for (let zoom = first; zoom <= last; zoom += 1) steps.zoom.push(await whole(look, { zoom }));
steps.pan = [];
// Always on, so that no view comes again.
for (let turn = 0; turn < PANS; turn += 1) steps.pan.push(await whole((map, by) => map.panBy(by, { animate: false }), turn % 2 ? [0, 450] : [800, 0]));
await page.screenshot({ path: join(folder, "page-street.png") });

const target = await page.evaluate(() => {
  for (let y = 250; y < 700; y += 5)
    for (let x = 500; x < 1100; x += 5) if (window.urbis.map.queryRenderedFeatures([x, y]).some((feature) => feature.sourceLayer === "buildings")) return { x, y };
  return null;
});
steps.card = [];
steps.outline = [];
if (target) {
  await page.evaluate(() => window.answered("mouseup", "[data-testid=card] table"));
  await page.mouse.click(target.x, target.y);
  steps.card.push({ ms: await within("the card", page.evaluate(() => window.answer)) });
  await page.keyboard.press("Escape");

  await whole(look, { zoom: 11 });
  await page.getByTestId("tool-draw").click();
  await page.getByTestId("query-layer").selectOption("buildings");
  const corners = [[500, 200], [1100, 220], [1120, 700], [800, 760], [490, 690]];
  const ring = await page.evaluate((corners) => {
    const box = window.urbis.map.getCanvas().getBoundingClientRect();
    return corners.map(([x, y]) => window.urbis.map.unproject([x - box.left, y - box.top]).toArray());
  }, corners);
  for (const [x, y] of corners) {
    await page.mouse.click(x, y);
    await page.waitForTimeout(350);
  }
  await page.evaluate(() => window.answered("keydown", "[data-testid=answer-count]"));
  await page.keyboard.press("Enter");
  const ms = await within("the count", page.evaluate(() => window.answer));
  steps.outline.push({ ms, ring, count: Number((await page.getByTestId("answer-count").innerText()).replace(/[^0-9]/g, "")) });
}
await browser.close();
console.log(JSON.stringify({ errors, steps }));
