// Whether MapLibre Tiles say what the Mapbox Vector Tiles beside them do, by the decoders of both projects: standard input [[MVT, MLT], ...] ->
// {layers, features, vertices, values: how many were compared, differences: the first of them in words}.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

// The package is made for bundlers: its modules name each other without .js.
const resolver = `export const resolve = (name, context, next) =>
  next(name, context).catch((error) => (name.startsWith(".") ? next(name + ".js", context) : Promise.reject(error)));`;
register(`data:text/javascript,${encodeURIComponent(resolver)}`);
const { decodeTile } = await import("@maplibre/mlt");

const told = { layers: 0, features: 0, vertices: 0, values: 0, differences: [] };
// MVT's types are points, lines and polygons; MLT tells single ones from several.
const dimension = (type) => (type % 3) + 1;
const number = (value) => (typeof value === "bigint" ? Number(value) : value);
const words = (value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));

function differ(where, one, other) {
  if (words(one) !== words(other) && told.differences.length < 10) {
    told.differences.push(`${where}: MVT ${words(one)?.slice(0, 200)}, MLT ${words(other)?.slice(0, 200)}`);
  }
}

// Several points come as one list or as lists of one; rings come closed or not.
function shape(type, lists) {
  const pairs = lists.map((list) => list.map(({ x, y }) => [x, y]));
  if (type === 1) return pairs.flat();
  if (type === 2) return pairs;
  return pairs.map((ring) => (words(ring[0]) === words(ring.at(-1)) ? ring.slice(0, -1) : ring));
}

const sorted = (properties) => Object.fromEntries(Object.keys(properties).sort().map((key) => [key, number(properties[key])]));

for (const [mvtFile, mltFile] of JSON.parse(readFileSync(0, "utf8"))) {
  const mvt = new VectorTile(new PbfReader(readFileSync(mvtFile)));
  const tables = decodeTile(new Uint8Array(readFileSync(mltFile)));
  differ(`${mvtFile} layers`, Object.keys(mvt.layers), tables.map((table) => table.name));
  for (const table of tables) {
    const layer = mvt.layers[table.name];
    if (!layer) continue;
    told.layers += 1;
    const features = table.getFeatures();
    differ(`${mvtFile} ${table.name} extent and features`, [layer.extent, layer.length], [table.extent, features.length]);
    for (let index = 0; index < Math.min(layer.length, features.length); index += 1) {
      const one = layer.feature(index);
      const other = features[index];
      const where = `${mvtFile} ${table.name} ${index}`;
      differ(`${where} id`, one.id, number(other.id));
      differ(`${where} attributes`, sorted(one.properties), sorted(other.properties));
      differ(`${where} type`, one.type, dimension(other.geometry.type));
      const drawn = shape(one.type, one.loadGeometry());
      differ(`${where} shape`, drawn, shape(one.type, other.geometry.coordinates));
      told.features += 1;
      told.vertices += drawn.flat(one.type === 1 ? 0 : 1).length;
      told.values += Object.keys(one.properties).length;
    }
  }
}
process.stdout.write(JSON.stringify(told));
