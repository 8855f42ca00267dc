//! Generated cities, seeded.

use std::sync::Arc;
use urbis_model::geometry::GeometryWriter;
use urbis_model::mercator::{MercatorUnit, lonlat_from_mercator};
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, Schema, TileCoord, Value};

/// A shape in degrees.
pub(crate) enum Shape {
    Point([f64; 2]),
    Line(Vec<[f64; 2]>),
    Polygon(Vec<Vec<[f64; 2]>>),
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
}

impl Shape {
    fn write(&self, writer: &mut GeometryWriter<'_>) {
        let (kind, parts): (_, Vec<Vec<&[[f64; 2]]>>) = match self {
            Self::Point(point) => (GeometryKind::Point, vec![vec![std::slice::from_ref(point)]]),
            Self::Line(line) => (GeometryKind::LineString, vec![vec![line]]),
            Self::Polygon(rings) => (GeometryKind::Polygon, vec![rings.iter().map(Vec::as_slice).collect()]),
            Self::MultiPolygon(parts) => {
                (GeometryKind::MultiPolygon, parts.iter().map(|rings| rings.iter().map(Vec::as_slice).collect()).collect())
            }
        };
        writer.kind(kind);
        for part in parts {
            writer.part();
            for ring in part {
                writer.ring();
                ring.iter().for_each(|vertex| writer.vertex(*vertex));
            }
        }
    }
}

/// A batch with one column `number`; ids from 1.
pub(crate) fn batch(rows: &[(Shape, Value<'_>)]) -> FeatureBatch {
    let schema = Schema::new(vec![Field { name: "number".into(), column_type: ColumnType::Int }]).unwrap();
    let mut features = FeatureBatch::new(Arc::new(schema));
    for (index, (shape, value)) in rows.iter().enumerate() {
        features.push(FeatureId::new(index as u64 + 1).unwrap(), |writer| shape.write(writer), &[*value]).unwrap();
    }
    features
}

/// The tile that the cities lie around, at zooms up to 20.
pub(crate) fn tile(zoom: u8) -> TileCoord {
    TileCoord::at(MercatorUnit { x: CORNER[0] + 1e-9, y: CORNER[1] + 1e-9 }, zoom)
}

/// North-western corner of tile 14/13700/6650 (Haimen) in the Mercator square.
const CORNER: [f64; 2] = [13_700.0 / 16_384.0, 6_650.0 / 16_384.0];

/// Degrees of a point given in units of that tile.
pub(crate) fn lonlat_from_unit([x, y]: [f64; 2]) -> [f64; 2] {
    let unit = 1.0 / (16_384.0 * 4096.0);
    lonlat_from_mercator(MercatorUnit { x: CORNER[0] + x * unit, y: CORNER[1] + y * unit })
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) fn in_range(&mut self, least: f64, greatest: f64) -> f64 {
        least + (self.bits() >> 11) as f64 / (1u64 << 53) as f64 * (greatest - least)
    }
}

/// Rotated 8-corner buildings (L and T plans), some of them over the tile's edges.
pub(crate) fn blocks(seed: u64, count: usize) -> FeatureBatch {
    let mut random = Random(seed);
    let rows: Vec<_> = (0..count)
        .map(|_| {
            let center = [random.in_range(-300.0, 4400.0), random.in_range(-300.0, 4400.0)];
            let (angle, size) = (random.in_range(0.0, 6.3), random.in_range(4.0, 40.0));
            let notch = random.in_range(0.1, 0.9);
            let plan =
                [[-1.0, -1.0], [1.0, -1.0], [1.0, 0.0], [notch, 0.0], [notch, 1.0], [-notch, 1.0], [-notch, 0.0], [-1.0, 0.0]];
            let mut ring: Vec<[f64; 2]> = plan
                .iter()
                .map(|[x, y]| [x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()])
                .map(|[x, y]| lonlat_from_unit([center[0] + x * size, center[1] + y * size]))
                .collect();
            ring.push(ring[0]);
            (Shape::Polygon(vec![ring]), Value::Int((random.bits() % 40) as i64))
        })
        .collect();
    batch(&rows)
}

/// Points strewn over the tile and its neighbours.
pub(crate) fn points(seed: u64, count: usize) -> FeatureBatch {
    let mut random = Random(seed);
    let mut point = || lonlat_from_unit([random.in_range(-4096.0, 8192.0), random.in_range(-1000.0, 5096.0)]);
    let rows: Vec<_> = (0..count).map(|index| (Shape::Point(point()), Value::Int(index as i64))).collect();
    batch(&rows)
}

/// Star-shaped polygons with a hole, from specks to many tiles wide, some of two parts.
pub(crate) fn stars(seed: u64, count: usize) -> FeatureBatch {
    let mut random = Random(seed);
    let rows: Vec<_> = (0..count)
        .map(|index| {
            let corners = 3 + random.bits() as usize % 60;
            let radius = 2f64.powf(random.in_range(0.0, 14.0));
            let center = [random.in_range(-6000.0, 10_000.0), random.in_range(-6000.0, 10_000.0)];
            let reach: Vec<f64> = (0..corners).map(|_| random.in_range(0.4, 1.0)).collect();
            let star = |center: [f64; 2], scale: f64| {
                let corner = |index: usize| {
                    let angle = index as f64 / corners as f64 * std::f64::consts::TAU;
                    let reach = reach[index % corners] * radius * scale;
                    lonlat_from_unit([center[0] + reach * angle.cos(), center[1] + reach * angle.sin()])
                };
                let mut ring: Vec<[f64; 2]> = (0..corners).map(corner).collect();
                ring.push(ring[0]);
                ring
            };
            let part = |center| vec![star(center, 1.0), star(center, 0.3)];
            let beside = [center[0] + 2.1 * radius, center[1]];
            let shape =
                if index % 5 == 0 { Shape::MultiPolygon(vec![part(center), part(beside)]) } else { Shape::Polygon(part(center)) };
            (shape, Value::Null)
        })
        .collect();
    batch(&rows)
}

/// Wandering lines, from specks to many tiles long.
pub(crate) fn walks(seed: u64, count: usize) -> FeatureBatch {
    let mut random = Random(seed);
    let rows: Vec<_> = (0..count)
        .map(|_| {
            let step = 2f64.powf(random.in_range(0.0, 11.0));
            let mut at = [random.in_range(-6000.0, 10_000.0), random.in_range(-6000.0, 10_000.0)];
            let corners = 2 + random.bits() as usize % 80;
            let mut next = || {
                at = [at[0] + random.in_range(-step, step), at[1] + random.in_range(-step, step)];
                lonlat_from_unit(at)
            };
            (Shape::Line((0..corners).map(|_| next()).collect()), Value::Null)
        })
        .collect();
    batch(&rows)
}
