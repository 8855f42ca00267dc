// What Mapbox's own decoder makes of tiles: standard input [FILE, ...] -> for each {layer: {count, ids, properties, vertices, extent}}.
import { readFileSync } from "node:fs";
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

const answers = JSON.parse(readFileSync(0, "utf8")).map((name) => {
  const tile = new VectorTile(new PbfReader(readFileSync(name)));
  return Object.fromEntries(
    Object.entries(tile.layers).map(([name, layer]) => {
      const features = Array.from({ length: layer.length }, (_, index) => layer.feature(index));
      const shapes = features.map((feature) => feature.loadGeometry());
      return [
        name,
        {
          count: layer.length,
          ids: features.map((feature) => feature.id),
          properties: features.map((feature) => feature.properties),
          vertices: shapes.map((shape) => shape.flat().length),
          extent: layer.extent,
        },
      ];
    }),
  );
});
process.stdout.write(JSON.stringify(answers));
