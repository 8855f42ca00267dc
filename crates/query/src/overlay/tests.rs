//! Pieces of areas, lines and points by hand, and of seeded areas by points and by sums.

use super::{Operation, Overlaid, UncutReason};
use crate::{
    Cancel, LayerSnapshot, MAX_PAIRS, QueryError, Selection, Shape,
    measure::area_m2,
    relation::{PreparedShape, Side, geo_from},
    testing,
};
use geo::{Area, Validation};
use urbis_model::{ColumnType, FeatureBatch, GeometryKind, Value};

fn overlay(layer: &LayerSnapshot, other: &LayerSnapshot, operation: Operation) -> Overlaid {
    let overlaid = layer.overlay(other, operation, None, MAX_PAIRS, &Selection::default()).unwrap();
    assert_eq!(overlaid.uncut, [], "everything can be cut");
    overlaid
}

/// Id, the other's id and the area of each row, in square degrees.
fn areas(features: &FeatureBatch) -> Vec<(u64, Option<f64>, f64)> {
    let other = |row: usize| features.column("other_id").and_then(|ids| ids.value(row).as_number());
    let area = |row: usize| (geo_from(features.geometry(row)).unsigned_area() * 1e9).round() / 1e9;
    (0..features.len()).map(|row| (features.ids()[row].number(), other(row), area(row))).collect()
}

fn layer(texts: &[&str]) -> LayerSnapshot {
    testing::shapes_layer(texts.iter().map(|text| testing::wkt(text)))
}

const HOLED: &str = "POLYGON((0 0,6 0,6 6,0 6,0 0),(2 2,2 4,4 4,4 2,2 2))";

#[test]
fn areas_are_cut_by_areas() {
    let one = layer(&[
        HOLED,
        "POLYGON((10 0,11 0,11 1,10 1,10 0))",
        "MULTIPOLYGON(((20 0,21 0,21 1,20 1,20 0)),((22 0,23 0,23 1,22 1,22 0)))",
        "POLYGON((50 0,51 0,51 1,50 1,50 0))",
    ]);
    let other = layer(&[
        "POLYGON((1 1,5 1,5 5,1 5,1 1))",
        "POLYGON((2 2,4 2,4 4,2 4,2 2))",
        "POLYGON((9 -1,12 -1,12 2,9 2,9 -1))",
        "POLYGON((20.5 0,22.5 0,22.5 1,20.5 1,20.5 0))",
        "POLYGON((6 0,7 0,7 6,6 6,6 0))",
    ]);
    let shared = overlay(&one, &other, Operation::Intersection);
    // The second lies in the hole and only touches, the fifth along an edge.
    assert_eq!(areas(&shared.features), [(1, Some(1.0), 12.0), (2, Some(3.0), 1.0), (3, Some(4.0), 1.0)]);
    assert_eq!(shared.features.geometry(2).kind(), GeometryKind::MultiPolygon);
    let left = overlay(&one, &other, Operation::Difference);
    assert_eq!(areas(&left.features), [(1, None, 20.0), (3, None, 1.0), (4, None, 1.0)]);
    assert_eq!((shared.thin, left.thin), (0, 0));
    // What is not touched is as it was.
    assert_eq!(left.features.geometry(2).lonlat(), one.features().geometry(3).lonlat());
    let all = overlay(&one, &other, Operation::Union);
    let parts: Vec<(Option<f64>, Option<f64>, f64)> = areas(&all.features)
        .iter()
        .enumerate()
        .map(|(row, (_, other, area))| (all.features.column("id").unwrap().value(row).as_number(), *other, *area))
        .collect();
    let expected = [
        (Some(1.0), Some(1.0), 12.0),
        (Some(1.0), None, 20.0),
        (Some(2.0), Some(3.0), 1.0),
        (Some(3.0), Some(4.0), 1.0),
        (Some(3.0), None, 1.0),
        (Some(4.0), None, 1.0),
        (None, Some(1.0), 4.0),
        (None, Some(2.0), 4.0),
        (None, Some(3.0), 8.0),
        (None, Some(4.0), 1.0),
        (None, Some(5.0), 6.0),
    ];
    assert_eq!(parts, expected);
    assert!(all.features.ids().iter().map(|id| id.number()).eq(1..=11));
    for row in 0..all.features.len() {
        let measured = all.features.column("area_m2").unwrap().value(row).as_number().unwrap();
        assert!((measured - area_m2(all.features.geometry(row))).abs() < 1e-6);
    }
}

#[test]
fn lines_and_points_are_cut_by_areas_edges_included() {
    let mixed = layer(&[
        "LINESTRING(-1 3,7 3)",
        "LINESTRING(0 0,6 0,6 -1)",
        "LINESTRING(-1 -1,0 0,-1 1)",
        "LINESTRING(2.5 2.5,3.5 3.5)",
        "MULTIPOINT(0 0,1 1,3 3,7 7)",
        "POINT(6 6)",
        "LINESTRING(1 1,1 2)",
    ]);
    let other = layer(&[HOLED, "POLYGON((6 -1,7 -1,7 6,6 6,6 -1))"]);
    let cut = overlay(&mixed, &other, Operation::Intersection).features;
    let row = |row: usize| {
        let id = cut.ids()[row].number();
        (id, cut.column("other_id").unwrap().value(row).as_number().unwrap() as u64, cut.geometry(row).lonlat().to_vec())
    };
    let found: Vec<_> = (0..cut.len()).map(row).collect();
    let expected = [
        (1, 1, vec![[0.0, 3.0], [2.0, 3.0], [4.0, 3.0], [6.0, 3.0]]),
        (1, 2, vec![[6.0, 3.0], [7.0, 3.0]]),
        (2, 1, vec![[0.0, 0.0], [6.0, 0.0]]),
        (2, 2, vec![[6.0, 0.0], [6.0, -1.0]]),
        (5, 1, vec![[0.0, 0.0], [1.0, 1.0]]),
        (6, 1, vec![[6.0, 6.0]]),
        (6, 2, vec![[6.0, 6.0]]),
        (7, 1, vec![[1.0, 1.0], [1.0, 2.0]]),
    ];
    assert_eq!(found, expected);
    assert_eq!(cut.geometry(0).kind(), GeometryKind::MultiLineString);
    assert_eq!(cut.column("length_m").unwrap().value(5), Value::Null);
    assert!(cut.column("area_m2").is_none(), "the layer has no areas");
    let left = overlay(&mixed, &other, Operation::Difference).features;
    let found: Vec<_> = (0..left.len()).map(|row| (left.ids()[row].number(), left.geometry(row).lonlat().to_vec())).collect();
    let expected = [
        (1, vec![[-1.0, 3.0], [0.0, 3.0], [2.0, 3.0], [4.0, 3.0]]),
        (3, vec![[-1.0, -1.0], [0.0, 0.0], [-1.0, 1.0]]),
        (4, vec![[2.5, 2.5], [3.5, 3.5]]),
        (5, vec![[3.0, 3.0], [7.0, 7.0]]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_line_along_the_shared_edge_of_two_areas_leaves_nothing() {
    // None of these corners is a round number in binary.
    let at = |part: f64| format!("{} {}", 121.1 + 0.3 * part, 31.7 + 0.7 * part);
    let line = layer(&[&format!("LINESTRING({},{},{})", at(0.0), at(0.37), at(1.0))]);
    let area = |from: f64, to: f64| format!("POLYGON(({},{},122.3 31.1,{}))", at(from), at(to), at(from));
    let areas = layer(&[&area(0.0, 0.37), &area(0.37, 1.0)]);
    assert_eq!(overlay(&line, &areas, Operation::Difference).features.len(), 0);
    assert_eq!(overlay(&line, &areas, Operation::Intersection).features.len(), 2);
}

/// Blobs of some corners over one degree; every fifth of many.
fn blobs(count: usize, seed: u64) -> Vec<Shape> {
    let mut walk = testing::Walk(seed);
    (0..count)
        .map(|nth| {
            let (x, y) = (121.0 + walk.next(), 31.0 + walk.next());
            let (corners, size) = if nth % 5 == 0 { (400, 0.2) } else { (5 + nth % 7, 0.05) };
            let corner = |nth: usize, radius: f64| {
                let (sin, cos) = (nth as f64 / corners as f64 * std::f64::consts::TAU).sin_cos();
                format!("{} {}", x + radius * cos, y + radius * sin)
            };
            let ring: Vec<String> = (0..corners).map(|nth| corner(nth, size * (0.7 + 0.3 * walk.next()))).collect();
            testing::wkt(&format!("POLYGON(({},{}))", ring.join(","), ring[0]))
        })
        .collect()
}

/// Outlines through the points of a lattice of 9 by 9, some a billionth of a step aside, so that corners come to lie beside sides.
fn on_a_lattice(count: usize, seed: u64, step_deg: f64) -> Vec<Shape> {
    let mut walk = testing::Walk(seed);
    let mut below = |most: usize| (walk.next() * most as f64) as usize;
    let mut shapes = Vec::new();
    while shapes.len() < count {
        let aside = [0.0, 0.0, 1e-9, 1e-6][below(4)];
        let (east, north) = (121.0 + aside * step_deg, 31.0 + aside * 0.7 * step_deg);
        let ring: Vec<String> = (0..3 + below(6))
            .map(|_| format!("{} {}", east + below(9) as f64 * step_deg, north + below(9) as f64 * step_deg))
            .collect();
        shapes.extend(Shape::from_wkt(&format!("POLYGON(({},{}))", ring.join(","), ring[0])).ok());
    }
    shapes
}

#[test]
fn pieces_of_areas_whose_corners_lie_beside_sides_are_valid() {
    for (seed, step_deg) in (31..).zip([1e-3, 1e-4, 1e-1]) {
        let [one, other] = [0, 100].map(|more| testing::shapes_layer(on_a_lattice(40, seed + more, step_deg)));
        for operation in [Operation::Intersection, Operation::Difference, Operation::Union] {
            let pieces = overlay(&one, &other, operation).features;
            assert!(pieces.len() > 20, "{} pieces", pieces.len());
            for (row, piece) in pieces.geometries().iter().enumerate() {
                assert!(geo_from(piece).is_valid(), "{operation:?} {step_deg} row {row}: {:?}", geo_from(piece));
            }
        }
    }
}

#[test]
fn pieces_of_seeded_areas_add_up_and_hold_the_points_that_they_should_on_any_number_of_cores() {
    let (ones, others) = (blobs(60, 21), blobs(50, 22));
    let (layer, other) = (testing::shapes_layer(ones.clone()), testing::shapes_layer(others.clone()));
    let answers = |operation| {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| overlay(&layer, &other, operation).features)
        };
        let (one, seven) = (on(1), on(7));
        assert!(
            one.ids() == seven.ids()
                && one.geometries().iter().zip(seven.geometries().iter()).all(|(a, b)| a.lonlat() == b.lonlat())
        );
        one
    };
    let (shared, left) = (answers(Operation::Intersection), answers(Operation::Difference));
    assert!(shared.len() > 100 && left.len() > 20, "{} and {}", shared.len(), left.len());
    let prepared = |shapes: &[Shape]| shapes.iter().cloned().map(PreparedShape::new).collect::<Vec<_>>();
    let pieces = |batch: &FeatureBatch| {
        let shapes: Vec<_> = batch.geometries().iter().map(Shape::from_geometry).collect();
        prepared(&shapes)
    };
    let (one_shapes, other_shapes) = (prepared(&ones), prepared(&others));
    let (shared_shapes, left_shapes) = (pieces(&shared), pieces(&left));
    let mut walk = testing::Walk(23);
    let mut inside = 0;
    for _ in 0..3_000 {
        let point = [121.0 + walk.next(), 31.0 + walk.next()];
        let holds = |shape: &PreparedShape| shape.side_of(point) == Side::Inside;
        for (i, one) in one_shapes.iter().enumerate() {
            let id = i as u64 + 1;
            let by: Vec<u64> =
                (1..).zip(&other_shapes).filter(|(_, other)| holds(one) && holds(other)).map(|(id, _)| id).collect();
            let rows = (0..shared.len()).filter(|row| shared.ids()[*row].number() == id && holds(&shared_shapes[*row]));
            let found: Vec<u64> =
                rows.map(|row| shared.column("other_id").unwrap().value(row).as_number().unwrap() as u64).collect();
            assert_eq!(found, by, "{point:?} in feature {id}");
            let is_left = (0..left.len()).any(|row| left.ids()[row].number() == id && holds(&left_shapes[row]));
            assert_eq!(is_left, holds(one) && by.is_empty(), "{point:?} in feature {id}");
            inside += by.len();
        }
    }
    assert!(inside > 300, "{inside} points lie in a shared piece");
    // A union is the intersection and both differences, and each corner of a piece is one that was given or lies on two edges.
    let union = overlay(&layer, &other, Operation::Union).features;
    let turned = overlay(&other, &layer, Operation::Difference).features;
    assert_eq!(union.len(), shared.len() + left.len() + turned.len());
    let total = |batch: &FeatureBatch| batch.geometries().iter().map(area_m2).sum::<f64>();
    let parts = total(&shared) + total(&left) + total(&turned);
    assert!((total(&union) / parts - 1.0).abs() < 1e-12);
}

#[test]
fn large_areas_are_clipped_before_they_cut_and_cut_the_same() {
    let ring: Vec<String> = (0..=4000)
        .map(|nth: u32| {
            let (sin, cos) = (f64::from(nth % 4000) / 4000.0 * std::f64::consts::TAU).sin_cos();
            let radius = if nth.is_multiple_of(2) { 0.3 } else { 0.28 };
            format!("{} {}", 121.5 + radius * cos, 31.5 + radius * sin)
        })
        .collect();
    let town = layer(&[&format!("POLYGON(({}))", ring.join(","))]);
    let houses: Vec<String> = (0..60u32)
        .map(|nth| {
            let (sin, cos) = (f64::from(nth) * 0.1).sin_cos();
            let (x, y) = (121.5 + 0.29 * cos, 31.5 + 0.29 * sin);
            format!("POLYGON(({x} {y},{e} {y},{e} {n},{x} {n},{x} {y}))", e = x + 0.004, n = y + 0.004)
        })
        .collect();
    let houses = layer(&houses.iter().map(String::as_str).collect::<Vec<_>>());
    let (there, back) = (overlay(&houses, &town, Operation::Intersection), overlay(&town, &houses, Operation::Intersection));
    assert_eq!(there.features.len(), back.features.len());
    let whole = geo_from(town.features().geometry(0));
    let geo::Geometry::Polygon(whole) = whole else { panic!("a polygon") };
    for row in 0..there.features.len() {
        let house = there.features.ids()[row].number() as usize - 1;
        let geo::Geometry::Polygon(house) = geo_from(houses.features().geometry(house)) else { panic!("a polygon") };
        let expected = geo::BooleanOps::intersection(&house, &whole).unsigned_area();
        let found = geo_from(there.features.geometry(row)).unsigned_area();
        assert!((found / expected - 1.0).abs() < 1e-5, "{found} and {expected}");
    }
    // What is left of the town is its area less what its houses take of it.
    let left = overlay(&town, &houses, Operation::Difference).features;
    let taken: f64 = back.features.geometries().iter().map(area_m2).sum();
    let expected = area_m2(town.features().geometry(0)) - taken;
    // Houses here lie over each other at their corners; the union counts that once.
    assert!(area_m2(left.geometry(0)) >= expected * (1.0 - 1e-9), "{} and {expected}", area_m2(left.geometry(0)));
}

#[test]
fn a_layer_over_itself_shares_each_feature_with_itself_as_it_is() {
    let parcels = layer(&["POLYGON((0 0,1 0,1 1,0 1,0 0))", "POLYGON((1 0,2 0,2 1,1 1,1 0))", "POLYGON((5 5,6 5,6 6,5 5))"]);
    let shared = overlay(&parcels, &parcels, Operation::Intersection).features;
    assert_eq!(areas(&shared), [(1, Some(1.0), 1.0), (2, Some(2.0), 1.0), (3, Some(3.0), 0.5)]);
    for row in 0..3 {
        assert_eq!(shared.geometry(row).lonlat(), parcels.features().geometry(row).lonlat());
    }
    assert_eq!(overlay(&parcels, &parcels, Operation::Difference).features.len(), 0);
    assert_eq!(overlay(&parcels, &parcels, Operation::Union).features.len(), 3);
}

#[test]
fn a_piece_too_thin_to_show_is_counted() {
    // The second lies over the first by one step of a number at 121.
    let over = f64::from_bits(121f64.to_bits() + 1);
    let one = layer(&[&format!("POLYGON((120 0,{over} 0,{over} 1,120 1,120 0))")]);
    let other = layer(&["POLYGON((121 0,122 0,122 1,121 1,121 0))"]);
    let shared = overlay(&one, &other, Operation::Intersection);
    assert_eq!((shared.features.len(), shared.thin), (0, 1));
    let left = overlay(&one, &other, Operation::Difference);
    assert_eq!(left.features.geometry(0).lonlat(), one.features().geometry(0).lonlat());
}

#[test]
fn a_solid_counts_once_and_keeps_its_faces_where_it_is_not_cut() {
    let face = |z: f64, turned: bool| {
        let mut ring = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
        if turned {
            ring.reverse();
        }
        (ring, z)
    };
    let solid = Shape::from_writer(|writer| {
        writer.kind(GeometryKind::Solid);
        for (ring, z) in [face(0.0, true), face(3.0, false)] {
            writer.part();
            writer.ring();
            for vertex in ring {
                writer.vertex(vertex);
                writer.z_m(z);
            }
        }
    })
    .unwrap();
    let solids = testing::shapes_layer([solid.clone()]);
    let whole = overlay(&solids, &layer(&["POLYGON((-1 -1,2 -1,2 2,-1 2,-1 -1))"]), Operation::Intersection).features;
    assert_eq!(whole.geometry(0).kind(), GeometryKind::Solid);
    let half = overlay(&solids, &layer(&["POLYGON((-1 -1,0.5 -1,0.5 2,-1 2,-1 -1))"]), Operation::Intersection).features;
    assert_eq!(areas(&half), [(1, Some(1.0), 0.5)]);
    let measured = |features: &FeatureBatch| features.column("area_m2").unwrap().value(0).as_number().unwrap();
    let square = area_m2(testing::wkt("POLYGON((0 0,1 0,1 1,0 1,0 0))").geometry());
    assert!((measured(&whole) / square - 1.0).abs() < 1e-12 && (measured(&half) / square - 0.5).abs() < 1e-4);
}

#[test]
fn what_can_not_be_laid_over_is_refused_and_an_empty_layer_cuts_nothing() {
    let (area, line, nothing) = (layer(&["POLYGON((0 0,1 0,1 1,0 0))"]), layer(&["LINESTRING(0 0,1 1)"]), layer(&[]));
    let asked = |one: &LayerSnapshot, other, operation| one.overlay(other, operation, None, 3, &Selection::default());
    assert!(matches!(asked(&area, &line, Operation::Intersection), Err(QueryError::NotAreal { .. })));
    assert!(matches!(asked(&line, &area, Operation::Union), Err(QueryError::UnionOfAreas { .. })));
    let none = asked(&area, &nothing, Operation::Intersection).unwrap();
    assert_eq!((none.features.len(), none.thin), (0, 0));
    assert_eq!(asked(&area, &nothing, Operation::Difference).unwrap().features.len(), 1);
    assert_eq!(asked(&nothing, &area, Operation::Union).unwrap().features.len(), 1);
    let many = layer(&["POLYGON((0 0,1 0,1 1,0 0))"; 4]);
    assert!(matches!(asked(&area, &many, Operation::Union), Err(QueryError::TooManyPairs { most: 3 })));
    let both = layer(&["POLYGON((0 0,1 0,1 1,0 0))", "LINESTRING(0 0,1 1)"]);
    assert_eq!(asked(&area, &both, Operation::Intersection).unwrap().others_without_area, 1);
    let late = Cancel { deadline: Some(std::time::Instant::now()), flag: None };
    let selection = Selection { cancel: late, ..Selection::default() };
    assert!(matches!(area.overlay(&area, Operation::Union, None, 3, &selection), Err(QueryError::Cancelled)));
}

/// A comb of `teeth` teeth, upward or to the right.
fn comb(teeth: usize, is_upright: bool) -> String {
    let at = |along: f64, across: f64| if is_upright { format!("{along} {across}") } else { format!("{across} {along}") };
    let mut ring = vec![at(0.0, -0.1)];
    for tooth in 0..teeth {
        let (from, to) = (tooth as f64 / teeth as f64, (tooth as f64 + 0.5) / teeth as f64);
        ring.extend([at(from, 0.0), at(from, 1.0), at(to, 1.0), at(to, 0.0)]);
    }
    ring.extend([at(1.0, 0.0), at(1.0, -0.1), at(0.0, -0.1)]);
    format!("POLYGON(({}))", ring.join(","))
}

#[test]
fn what_crosses_too_often_is_named_and_the_rest_is_cut() {
    let row = |text: &str, name: &'static str| (testing::wkt(text), vec![Value::Text(name)]);
    let schema = testing::schema(&[("name", ColumnType::Text)]);
    let layer = testing::layer(&schema, [row(&comb(170, true), "comb"), row("POLYGON((2 2,3 2,3 3,2 3,2 2))", "square")]);
    let other = testing::shapes_layer([testing::wkt(&comb(170, false)), testing::wkt("POLYGON((2 2,4 2,4 2.5,2 2.5,2 2))")]);
    for operation in [Operation::Intersection, Operation::Difference] {
        let overlaid = layer.overlay(&other, operation, None, MAX_PAIRS, &Selection::default()).unwrap();
        let named: Vec<_> = overlaid.uncut.iter().map(|uncut| (uncut.id.number(), uncut.reason)).collect();
        assert_eq!(named, [(1, UncutReason::Tangled)], "{operation:?}");
        assert_eq!(areas(&overlaid.features).len(), 1, "{operation:?}");
    }
}

#[test]
fn an_overlay_is_given_up_in_the_middle_of_one_pair() {
    // The back of one lies beyond the other's, so that they meet there, and their teeth lie in one another.
    let (around, inside) = (testing::slanting_comb(50_000, 0.1, 0.0), testing::slanting_comb(50_000, 0.2, 0.05));
    let layer = |kind, vertices: &[[f64; 2]]| testing::shapes_layer([testing::unchecked(kind, vertices)]);
    let (areas, line) = (layer(GeometryKind::Polygon, &inside), layer(GeometryKind::LineString, &inside));
    let other = layer(GeometryKind::Polygon, &around);
    for (layer, operation) in [
        (&line, Operation::Intersection),
        (&line, Operation::Difference),
        (&areas, Operation::Intersection),
        (&areas, Operation::Difference),
        (&areas, Operation::Union),
    ] {
        let selection = Selection { cancel: testing::given_up_soon(), ..Selection::default() };
        let answer = layer.overlay(&other, operation, None, MAX_PAIRS, &selection);
        assert!(matches!(answer, Err(QueryError::Cancelled)), "{operation:?}");
    }
}

#[test]
fn a_line_that_crosses_too_often_is_named() {
    // 600 sides over 600 edges.
    let zigzag: Vec<String> = (0..600).map(|nth| format!("{} {}", -1 + nth % 2 * 3, f64::from(nth) / 600.0)).collect();
    let lines = layer(&[&format!("LINESTRING({})", zigzag.join(",")), "LINESTRING(-1 0.5,2 0.5)"]);
    for operation in [Operation::Intersection, Operation::Difference] {
        let selection = Selection::default();
        let overlaid = lines.overlay(&layer(&[&comb(300, true)]), operation, None, MAX_PAIRS, &selection).unwrap();
        let named: Vec<_> = overlaid.uncut.iter().map(|uncut| (uncut.id.number(), uncut.reason)).collect();
        assert_eq!(named, [(1, UncutReason::Tangled)], "{operation:?}");
        assert_eq!(overlaid.features.ids().iter().map(|id| id.number()).collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn a_piece_that_is_as_it_was_counts_too() {
    let corner = |nth: u32| {
        let (sin, cos) = (f64::from(nth % 30_000) / 30_000.0 * std::f64::consts::TAU).sin_cos();
        [121.0 + 0.01 * cos, 31.0 + 0.01 * sin]
    };
    let round: Vec<[f64; 2]> = (0..=30_000).map(corner).collect();
    let round = testing::shapes_layer([testing::unchecked(GeometryKind::Polygon, &round)]);
    let squares = |count| {
        let square = testing::wkt("POLYGON((120 30,122 30,122 32,120 32,120 30))");
        testing::shapes_layer(std::iter::repeat_n(square, count))
    };
    let laid = |one: &LayerSnapshot, other: &LayerSnapshot| {
        one.overlay(other, Operation::Intersection, None, MAX_PAIRS, &Selection::default())
    };
    for (one, other) in [(&round, &squares(2_500)), (&squares(2_500), &round)] {
        assert!(matches!(laid(one, other), Err(QueryError::TooLarge { .. })));
    }
    let few = laid(&round, &squares(3)).unwrap().features;
    let expected = Value::Float(area_m2(round.features().geometry(0)));
    assert_eq!((0..3).map(|row| few.column("area_m2").unwrap().value(row)).collect::<Vec<_>>(), [expected; 3]);
}

#[test]
fn cut_lines_stay_on_the_map() {
    let lines = layer(&["LINESTRING(-180 -90,180 90)", "LINESTRING(180 89.9,-180 90)", "LINESTRING(180 -90,180 90)"]);
    let area = layer(&["POLYGON((179.3 -90,180 -90,180 90,179.3 90,179.3 -90))"]);
    let cut = overlay(&lines, &area, Operation::Intersection);
    assert_eq!(cut.features.ids().iter().map(|id| id.number()).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn a_corner_that_lies_on_the_other_edge_splits_the_piece() {
    let one =
        "POLYGON((121.008 31.008,121 31.008,121 31.007,121 31,121.007 31.004,121.002 31.001,121.008 31.002,121.008 31.008))";
    let other = "POLYGON((121.003 31.001,121.008 31.003,121.006 31.005,121.003 31.006,121.003 31.001))";
    for operation in [Operation::Intersection, Operation::Difference, Operation::Union] {
        let pieces = overlay(&layer(&[one]), &layer(&[other]), operation).features;
        assert!(!pieces.is_empty());
        for piece in pieces.geometries().iter() {
            assert!(geo_from(piece).is_valid(), "{operation:?}: {:?}", geo_from(piece).validation_errors());
        }
    }
}
