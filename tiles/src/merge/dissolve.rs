//! Polygons that touch, made one.
//!
//! 1. Polygons whose boxes do not meet are told apart first; those that stand alone stay as they are.
//! 2. The rest are rounded to a grid of four world cells (37 mm), since the integer overlay takes 31 bits, and united.
//! 3. An inner point of each part tells which of the united shapes it went into. Features with parts in one shape are
//!    one feature, so that each member is in one only.

use super::{Merged, Sets};
use crate::frame::world_from_lonlat;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use urbis_index::PackedRtree;
use urbis_model::mercator::{MercatorUnit, lonlat_from_mercator};
use urbis_model::{Bounds, FeatureBatch};

/// A point of the grid of step 2.
type Place = [i32; 2];

/// World cells along a cell of the grid of step 2, as a power of two.
const SHIFT: u32 = 2;
/// Half of that grid, so that its middle is 0.
const HALF: i64 = 1 << (31 - SHIFT);

/// Appends what becomes of the polygons of a group, positions in order of id.
pub(super) fn dissolved(features: &FeatureBatch, group: &[u32], rows: &mut Vec<Merged>) {
    let bounds: Vec<Bounds> = group.iter().map(|position| features.geometry(*position as usize).bounds()).collect();
    let tree = PackedRtree::build(&bounds);
    let mut near = Sets::apart(group.len());
    for (member, bounds) in bounds.iter().enumerate() {
        tree.window(bounds, &mut |other| near.join(member as u32, other));
    }
    let mut members: Vec<(u32, u32)> = (0..group.len() as u32).map(|member| (near.least(member), member)).collect();
    members.sort_unstable();
    for set in members.chunk_by(|a, b| a.0 == b.0) {
        let positions: Vec<u32> = set.iter().map(|(_, member)| group[*member as usize]).collect();
        if let [alone] = positions[..] {
            rows.push(Merged { position: alone, shape: None });
        } else {
            united(features, &positions, rows);
        }
    }
}

/// Steps 2 and 3 for polygons that may touch.
fn united(features: &FeatureBatch, positions: &[u32], rows: &mut Vec<Merged>) {
    let mut rings: Vec<(Vec<Place>, bool)> = Vec::new();
    let mut inner_points: Vec<(u32, [f64; 2])> = Vec::new();
    for (member, position) in positions.iter().enumerate() {
        for part in features.geometry(*position as usize).parts() {
            let first = rings.len();
            for (index, ring) in part.rings().enumerate() {
                let lonlat = ring.lonlat();
                rings.push((lonlat[..lonlat.len() - 1].iter().map(|vertex| place(*vertex)).collect(), index == 0));
            }
            let part: Vec<&[Place]> = rings[first..].iter().map(|(ring, _)| ring.as_slice()).collect();
            inner_points.extend(inner_point(&part).map(|point| (member as u32, point)));
        }
    }
    let shapes = unite(&rings);
    let boxes: Vec<Bounds> = shapes.iter().map(|shape| box_of(&shape[0])).collect();
    let tree = PackedRtree::build(&boxes);
    // Members first, then shapes.
    let count = positions.len() as u32;
    let mut sets = Sets::apart(positions.len() + shapes.len());
    for (member, point) in inner_points {
        tree.window(&Bounds { min: point, max: point }, &mut |shape| {
            let rings: Vec<&[Place]> = shapes[shape as usize].iter().map(Vec::as_slice).collect();
            if crossings(&rings, point[1]).filter(|x| *x < point[0]).count() % 2 == 1 {
                sets.join(member, count + shape);
            }
        });
    }
    let mut sizes = vec![0u32; positions.len()];
    for member in 0..count {
        sizes[sets.least(member) as usize] += 1;
    }
    let mut merged: Vec<Vec<Vec<Vec<[f64; 2]>>>> = vec![Vec::new(); positions.len()];
    for (index, shape) in shapes.iter().enumerate() {
        // Slivers between members have no member's inner point; they belong to none, and are left out.
        let set = sets.least(count + index as u32) as usize;
        if set < positions.len() && sizes[set] > 1 {
            merged[set].push(shape.iter().map(|ring| closed_lonlat(ring)).collect());
        }
    }
    for (member, shape) in merged.into_iter().enumerate().filter(|(member, _)| sizes[*member] > 0) {
        rows.push(Merged { position: positions[member], shape: (sizes[member] > 1).then_some(shape) });
    }
}

/// What rings cover together, exteriors less their holes: shapes of an exterior and holes each, first vertices not repeated.
fn unite(rings: &[(Vec<Place>, bool)]) -> Vec<Vec<Vec<Place>>> {
    let vertices = rings.iter().map(|(ring, _)| ring.len()).sum();
    let mut overlay = Overlay::new_custom(vertices, IntOverlayOptions::ogc(), Default::default());
    for (ring, exterior) in rings {
        let points = ring.iter().map(|[x, y]| IntPoint::new(*x, *y));
        // Exteriors wind once around what they hold, holes once back.
        if (doubled_area(ring) > 0) == *exterior {
            overlay.add_path_iter(points, ShapeType::Subject);
        } else {
            overlay.add_path_iter(points.rev(), ShapeType::Subject);
        }
    }
    let shapes = overlay.overlay(OverlayRule::Subject, FillRule::NonZero);
    let places = |ring: &Vec<IntPoint<i32>>| ring.iter().map(|point| [point.x, point.y]).collect();
    shapes.iter().map(|shape| shape.iter().map(places).collect()).collect()
}

/// Twice the signed area of a ring, first vertex not repeated.
fn doubled_area(ring: &[Place]) -> i128 {
    let edges = ring.iter().zip(ring.iter().skip(1).chain(ring.first()));
    edges.map(|(a, b)| i128::from(a[0]) * i128::from(b[1]) - i128::from(a[1]) * i128::from(b[0])).sum()
}

fn place(lonlat: [f64; 2]) -> Place {
    world_from_lonlat(lonlat).map(|part| (((i64::from(part) + (1 << (SHIFT - 1))) >> SHIFT) - HALF) as i32)
}

fn closed_lonlat(ring: &[Place]) -> Vec<[f64; 2]> {
    let lonlat = |place: &Place| {
        let [x, y] = place.map(|part| ((i64::from(part) + HALF) << SHIFT) as f64 / 4_294_967_296.0);
        let [lon, lat] = lonlat_from_mercator(MercatorUnit { x, y });
        [lon.clamp(-180.0, 180.0), lat]
    };
    ring.iter().chain(ring.first()).map(lonlat).collect()
}

fn box_of(ring: &[Place]) -> Bounds {
    let mut bounds = Bounds::EMPTY;
    for point in ring {
        let point = point.map(f64::from);
        bounds.merge(&Bounds { min: point, max: point });
    }
    bounds
}

/// A point inside a polygon: the middle of the widest stretch along a line through the widest gap between rows of
/// vertices. None without area.
fn inner_point(rings: &[&[Place]]) -> Option<[f64; 2]> {
    let mut rows: Vec<i32> = rings[0].iter().map(|point| point[1]).collect();
    rows.sort_unstable();
    let gap = rows.windows(2).map(|pair| (pair[1] - pair[0], pair[0])).max().filter(|gap| gap.0 > 0)?;
    let y = f64::from(gap.1) + f64::from(gap.0) / 2.0;
    // Vertices of holes may lie on that very row.
    let y = if rings[1..].iter().any(|ring| ring.iter().any(|point| f64::from(point[1]) == y)) { y + 0.25 } else { y };
    let mut xs: Vec<f64> = crossings(rings, y).collect();
    xs.sort_unstable_by(f64::total_cmp);
    let stretch = xs.chunks_exact(2).map(|pair| (pair[1] - pair[0], pair[0])).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (stretch.0 > 0.0).then(|| [stretch.1 + stretch.0 / 2.0, y])
}

/// Where the edges of rings cross a row.
fn crossings<'a>(rings: &'a [&'a [Place]], y: f64) -> impl Iterator<Item = f64> + 'a {
    let edges = rings.iter().flat_map(|ring| ring.iter().zip(ring.iter().skip(1).chain(ring.first())));
    edges.filter_map(move |(from, to)| {
        let ([x1, y1], [x2, y2]) = (from.map(f64::from), to.map(f64::from));
        ((y1 > y) != (y2 > y)).then(|| x1 + (x2 - x1) * (y - y1) / (y2 - y1))
    })
}
