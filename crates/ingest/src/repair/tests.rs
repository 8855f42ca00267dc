//! Broken shapes, and what becomes of them.

use super::*;

fn shape(wkt: &str) -> Shape {
    let mut wkb = Vec::new();
    ogr::linear_wkb_from_wkt(wkt, 1 << 24, &mut wkb).unwrap();
    let mut shape = Shape::default();
    parse_wkb(&wkb, &mut shape).unwrap();
    shape
}

fn outcome(wkt: &str) -> (Outcome, Shape) {
    let mut shape = shape(wkt);
    let prepared = prepare(&mut shape);
    let outcome = match prepared {
        Outcome::Refused(_) | Outcome::Quarantined(_) => prepared,
        _ => finish(&mut shape, prepared),
    };
    (outcome, shape)
}

#[test]
fn what_becomes_of_broken_shapes() {
    for (wkt, word, parts) in [
        ("POLYGON((0 0,1 0,1 1,0 1,0 0))", "sound", 1),
        ("POLYGON((0 0,0 1,1 1,1 0,0 0))", "sound", 1),
        ("POLYGON((0 0,1 0,1 1,0 1))", "repaired: an unclosed ring was closed", 1),
        ("POLYGON((0 0,2 2,2 0,0 2,0 0))", "repaired: ", 2),
        ("POLYGON((0 0,1 0,1 0,1 1,0 1,0 0))", "sound", 1),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 2,1 1),(1 1,2 1,2 2,1 2,1 1))", "repaired: ", 1),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,1 1))", "repaired: rings with fewer than three corners were taken out", 1),
        ("POLYGON((0 0,1 1,2 2,0 0))", "quarantined: the area is zero", 1),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,6 5,6 6,5 6,5 5))", "repaired: Hole lies outside shell", 2),
        ("POLYGON((0 0,4 0,4 4,0 4,0 0),(5 5,9 5,9 9,5 9,5 5))", "quarantined: Hole lies outside shell", 1),
        ("POLYGON((0 0,1 1,0 0))", "quarantined: the area has fewer than three corners", 1),
        ("POLYGON((0 0,1 0,2 0,1 0,1 1,0 1,0 0))", "repaired: ", 1),
        ("MULTIPOLYGON(((0 0,2 0,2 2,0 2,0 0)),((1 1,3 1,3 3,1 3,1 1)))", "repaired: ", 1),
        ("LINESTRING(1 1,1 1)", "quarantined: the line has no length", 1),
        ("MULTILINESTRING((1 1,1 1),(1 1,2 2))", "repaired: parts without length were taken out", 1),
        ("POINT EMPTY", "refused: it has no shape", 0),
        ("POINT(31.9 121.1)", "refused: vertex 1 is at longitude 31.9, latitude 121.1", 1),
        ("POLYGON((170 0,-170 0,-170 10,170 10,170 0))", "repaired: it was cut at the 180th meridian", 2),
        ("POLYGON((170 0,190 0,190 10,170 10,170 0))", "repaired: it was cut at the 180th meridian", 2),
        ("LINESTRING(170 0,-170 10)", "repaired: it was cut at the 180th meridian", 2),
        ("POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))", "sound", 1),
        ("POLYGON((0 80,120 80,-120 80,0 80))", "quarantined: the area goes round a pole", 1),
        ("MULTIPOLYGON Z(((0 0 0,1 0 0,1 0 5,0 0 5,0 0 0)),((0 0 0,1 0 0,1 1 0,0 0 0)))", "sound", 2),
    ] {
        let (outcome, shape) = outcome(wkt);
        let text = match &outcome {
            Outcome::Sound => "sound".to_owned(),
            Outcome::Repaired(what) => format!("repaired: {what}"),
            Outcome::Quarantined(why) => format!("quarantined: {why}"),
            Outcome::Refused(why) => format!("refused: {why}"),
        };
        assert!(text.starts_with(word), "{wkt}: {text}");
        assert_eq!(shape.part_ends.len(), parts, "{wkt}: {text}");
        if matches!(outcome, Outcome::Sound | Outcome::Repaired(_)) && shape.kind.dimension() == 2 && !shape.kind.is_spatial() {
            let mut wkb = Vec::new();
            shape.append_wkb(&mut wkb);
            assert_eq!(ogr::why_invalid(&wkb), None, "{wkt}");
            assert!(area::twice_planar_area(&shape.xy[shape.ring(0)]) > 0.0, "{wkt}: exterior rings run counter-clockwise");
        }
    }
}

#[test]
fn a_bow_tie_keeps_its_area_and_says_it() {
    let (outcome, shape) = outcome("POLYGON((0 0,2 2,2 0,0 2,0 0))");
    let Outcome::Repaired(what) = outcome else { panic!("{outcome:?}") };
    assert!(what.contains("Self-intersection") && what.contains("m² after"), "{what}");
    // Two triangles of half the square each; geodesic area of the square is about 49,200 km².
    assert!((area_m2(&shape) / 2.46e10 - 1.0).abs() < 0.01, "{}", area_m2(&shape));
}

#[test]
fn the_quick_proof_never_contradicts_geos() {
    // Random stars and random walks, exact grid touches included; the proof may say "ask", never "valid" wrongly.
    let seed = 20_261_123u64;
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let (mut proven, mut invalid) = (0, 0);
    for round in 0..4000 {
        let corners = 3 + random() % 8;
        let grid = if round % 2 == 0 { 4 } else { 1 << 20 };
        let mut shape = Shape { kind: GeometryKind::Polygon, ..Shape::default() };
        for corner in 0..corners {
            if round % 3 == 0 {
                let angle = corner as f64 / corners as f64 * std::f64::consts::TAU;
                let radius = 1.0 + (random() % 100) as f64 / 50.0;
                shape.xy.push([radius * angle.cos(), radius * angle.sin()]);
            } else {
                shape.xy.push([(random() % grid) as f64, (random() % grid) as f64]);
            }
        }
        shape.xy.push(shape.xy[0]);
        shape.end_ring();
        shape.end_part();
        let mut wkb = Vec::new();
        shape.append_wkb(&mut wkb);
        let reason = ogr::why_invalid(&wkb);
        if simple::is_certainly_valid(&shape) {
            proven += 1;
            assert_eq!(reason, None, "seed {seed}, round {round}: {:?}", shape.xy);
        } else if reason.is_some() {
            invalid += 1;
        }
    }
    assert!(proven > 1000 && invalid > 500, "{proven} proven, {invalid} invalid of 4000");
}

#[test]
fn numbers_that_are_none_are_refused() {
    for (x, y) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (f64::NEG_INFINITY, 1.0)] {
        let mut shape = shape("LINESTRING(1 2,3 4)");
        shape.xy[1] = [x, y];
        let Outcome::Refused(why) = prepare(&mut shape) else { panic!("{x}, {y}") };
        assert!(why.starts_with("vertex 2 is at "), "{why}");
    }
}
