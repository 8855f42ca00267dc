// geojson-vt and vt-pbf in one process: node geojson_vt.mjs FILE.geojsonseq; see asked.py for what is said.
import { createReadStream, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import geojsonvt from "geojson-vt";
import vtpbf from "vt-pbf";

const features = [];
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
    if (line) features.push(JSON.parse(line.replace(/^\u001e/, "")));
}
const index = geojsonvt({ type: "FeatureCollection", features }, { maxZoom: 14, extent: 4096, buffer: 64, promoteId: "key" });
console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
    const [z, x, y, file] = JSON.parse(line);
    const cpu = process.cpuUsage();
    const started = process.hrtime.bigint();
    const tile = index.getTile(z, x, y);
    const bytes = tile ? Buffer.from(vtpbf.fromGeojsonVt({ buildings: tile }, { version: 2 })) : Buffer.alloc(0);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const used = process.cpuUsage(cpu);
    writeFileSync(file, bytes);
    console.log(JSON.stringify({ seconds, cpu_s: (used.user + used.system) / 1e6, peak_mib: process.resourceUsage().maxRSS / 1024 }));
}
