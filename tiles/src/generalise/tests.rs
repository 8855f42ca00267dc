//! Area, distance, right angles and crossings, zoom by zoom.

use super::*;
use crate::encode::tests::city::Random;
use geo::{Area, Contains, Distance, Euclidean, Validation};

const MIDDLE: f64 = 2_000_000_000.0;

fn tolerance(style: Style) -> Tolerance {
    Tolerance { style, pixels: 0.5, min_zoom: 4, max_zoom: 16 }
}

fn generalised(rings: &[Vec<Place>], style: Style) -> Vec<Vec<Graded>> {
    let mut outlines = Outlines::default();
    for ring in rings {
        outlines.add(ring.iter().copied(), true, style);
    }
    outlines.generalise(&tolerance(style));
    (0..rings.len()).map(|ring| outlines.graded(ring).collect()).collect()
}

fn polygon(ring: impl Iterator<Item = [f64; 2]>) -> geo::Polygon<f64> {
    geo::Polygon::new(ring.map(|[x, y]| (x - MIDDLE, y - MIDDLE)).collect(), vec![])
}

fn at_zoom(graded: &[Graded], zoom: u8) -> geo::Polygon<f64> {
    let drawn = graded.iter().filter(|vertex| (vertex.from..=vertex.until).contains(&zoom));
    polygon(drawn.map(|vertex| vertex.world.map(f64::from)))
}

/// A round or ragged ring about the middle.
fn blob(random: &mut Random, corners: usize, radius: f64, ragged: f64) -> Vec<Place> {
    (0..corners)
        .map(|corner| {
            let angle = corner as f64 / corners as f64 * std::f64::consts::TAU;
            let reach = radius * (1.0 - random.in_range(0.0, ragged));
            [MIDDLE + reach * angle.cos(), MIDDLE + reach * angle.sin()].map(|part| part.round() as i64)
        })
        .collect()
}

/// Farther than this share of the tolerance no outline may go: it holds for vertices, and what lies between two vertices
/// of an outline with a bend in the other may be off a little more.
const ALLOWED: f64 = 1.2;

fn check(source: &[Place], graded: &[Graded], style: Style, area_within: f64, what: &str) {
    let original = polygon(source.iter().map(|point| point.map(|part| part as f64)));
    for zoom in 4..=16u8 {
        let drawn = at_zoom(graded, zoom);
        assert!(drawn.is_valid(), "{what}, zoom {zoom}: {drawn:?}");
        let allowed = ALLOWED * tolerance(style).world(zoom);
        let pairs = [(drawn.exterior(), original.exterior()), (original.exterior(), drawn.exterior())];
        for (from, to) in pairs {
            for vertex in &from.0 {
                let off = Euclidean.distance(&geo::Point(*vertex), to);
                assert!(zoom == 16 || off <= allowed, "{what}, zoom {zoom}: {off} of {allowed}");
            }
        }
        if zoom == 16 {
            assert_eq!(drawn, original, "{what}: nothing is left out at the maximum zoom");
        }
        let width = original.unsigned_area().sqrt();
        if width < 8.0 * tolerance(style).world(zoom) {
            // Less than four pixels.
            continue;
        }
        let share = drawn.unsigned_area() / original.unsigned_area();
        assert!((share - 1.0).abs() <= area_within, "{what}, zoom {zoom}: area {share}");
    }
}

#[test]
fn nature_keeps_its_area_and_comes_no_farther_than_the_tolerance() {
    let mut random = Random(31);
    let mut vertices = [0usize; 17];
    for case in 0..120 {
        let corners = 4 + random.bits() as usize % 300;
        let (radius, ragged) = (2f64.powf(random.in_range(9.0, 20.0)), [0.0, 0.05, 0.6][case % 3]);
        let ring = blob(&mut random, corners, radius, ragged);
        let graded = &generalised(std::slice::from_ref(&ring), Style::Natural)[0];
        check(&ring, graded, Style::Natural, 0.005, &format!("case {case}"));
        for (zoom, count) in vertices.iter_mut().enumerate() {
            *count += graded.iter().filter(|vertex| (vertex.from..=vertex.until).contains(&(zoom as u8))).count();
        }
    }
    assert!(vertices[10] * 3 < vertices[16] && vertices[4] * 5 < vertices[16], "{vertices:?}");
}

/// A rectangle with teeth and bays along its sides, turned.
fn toothed(random: &mut Random) -> Vec<Place> {
    let angle = random.in_range(0.0, 1.5);
    let (long, wide) = (random.in_range(2000.0, 9000.0), random.in_range(1500.0, 4000.0));
    let mut plan = vec![[0.0, 0.0]];
    let mut at = 0.0;
    while at < long * 0.6 {
        let (step, deep) = (random.in_range(100.0, 1500.0), random.in_range(-700.0, 700.0));
        plan.extend([[at + step, 0.0], [at + step, deep], [at + 1.5 * step, deep], [at + 1.5 * step, 0.0]]);
        at += 1.9 * step;
    }
    plan.extend([[at.max(long), 0.0], [at.max(long), wide], [0.0, wide]]);
    plan.iter()
        .map(|[x, y]| [MIDDLE + x * angle.cos() - y * angle.sin(), MIDDLE + x * angle.sin() + y * angle.cos()])
        .map(|point| point.map(|part| part.round() as i64))
        .collect()
}

#[test]
fn buildings_keep_right_angles() {
    let mut random = Random(77);
    let mut simpler = 0;
    for case in 0..400 {
        let ring = toothed(&mut random);
        let graded = &generalised(std::slice::from_ref(&ring), Style::Rectangular)[0];
        for zoom in 11..=16u8 {
            let drawn = at_zoom(graded, zoom);
            assert!(drawn.is_valid(), "case {case}, zoom {zoom}");
            let mut points = drawn.exterior().0.clone();
            points.dedup();
            for corner in 0..points.len() - 1 {
                let (a, b, c) = (points[(corner + points.len() - 2) % (points.len() - 1)], points[corner], points[corner + 1]);
                let (u, v) = ((b.x - a.x, b.y - a.y), (c.x - b.x, c.y - b.y));
                let (long, wide) = (u.0.hypot(u.1), v.0.hypot(v.1));
                let cosine = (u.0 * v.0 + u.1 * v.1) / (long * wide);
                // Rounding to the grid turns a side by up to a cell at each end.
                assert!(
                    cosine.abs() < 0.02 + 1.5 / long + 1.5 / wide || cosine > 0.9,
                    "case {case}, zoom {zoom}: a corner of cosine {cosine} in {points:?}"
                );
            }
            simpler += usize::from(points.len() < ring.len());
        }
        check(&ring, graded, Style::Rectangular, 0.5, &format!("building {case}"));
    }
    assert!(simpler > 300, "{simpler}");
}

#[test]
fn a_zoom_that_is_left_out_would_have_changed_nothing() {
    let mut random = Random(79);
    let (tolerance, mut left_out) = (tolerance(Style::Rectangular), 0);
    for case in 0..400 {
        // Repeated vertices and spikes too.
        let mut ring = toothed(&mut random);
        for _ in 0..case % 3 {
            let at = random.bits() as usize % ring.len();
            ring.insert(at, ring[(at + case % 2) % ring.len()]);
        }
        let mut whole = Outlines::default();
        whole.add(ring.iter().copied(), true, Style::Rectangular);
        let mut looks = usize::MAX;
        for zoom in (tolerance.min_zoom..tolerance.max_zoom).rev() {
            left_out += usize::from(tolerance.world(zoom).powi(2) < whole.squared_least_tolerance());
            whole.pass(zoom, &tolerance, &mut looks);
        }
        let short = &generalised(std::slice::from_ref(&ring), Style::Rectangular)[0];
        assert!(whole.graded(0).eq(short.iter().copied()), "case {case}");
    }
    assert!(left_out > 800, "{left_out}");
}

#[test]
fn rings_that_lie_close_never_cross() {
    let mut random = Random(13);
    for case in 0..30 {
        // Rings in rings, a few cells apart, all equally ragged.
        let corners = 200;
        let reach: Vec<f64> = (0..corners).map(|_| random.in_range(0.7, 1.0)).collect();
        let ring = |radius: f64| -> Vec<Place> {
            (0..corners)
                .map(|corner| {
                    let angle = corner as f64 / corners as f64 * std::f64::consts::TAU;
                    [angle.cos(), angle.sin()].map(|part| (MIDDLE + part * radius * reach[corner]).round() as i64)
                })
                .collect()
        };
        let rings: Vec<Vec<Place>> =
            (0..5).map(|index| ring(30_000.0 + f64::from(index) * random.in_range(300.0, 3000.0))).collect();
        let graded = generalised(&rings, Style::Natural);
        for zoom in 4..=16u8 {
            for pair in graded.windows(2) {
                let (inner, outer) = (at_zoom(&pair[0], zoom), at_zoom(&pair[1], zoom));
                assert!(inner.is_valid() && outer.is_valid());

                assert!(outer.contains(&inner) || inner.contains(&outer), "case {case}, zoom {zoom}");
            }
        }
    }
}
