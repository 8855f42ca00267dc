//! Every vertex of a buffer lies at its distance; what is near is inside.

use super::{BufferError, buffer};
use crate::{Cancel, measure::Origin, relation::Side, relation::side_of, testing};
use geo::{
    Area, BooleanOps, Buffer, Coord, MapCoords,
    algorithm::buffer::{BufferStyle, LineCap, LineJoin},
};
use std::time::{Duration, Instant};
use urbis_model::LonLat;

fn check(text: &str, distance_m: f64) {
    let shape = testing::wkt(text);
    let buffered = buffer(&shape, distance_m, &Cancel::default()).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    for [lon, lat] in buffered.geometry().lonlat() {
        if lon.abs() == 180.0 && text.contains("179") {
            continue; // A vertex of the cut, not of the buffer.
        }
        let away_m = Origin::new(LonLat::from_degrees(*lon, *lat).unwrap()).distance_m(shape.geometry());
        assert!((away_m / distance_m - 1.0).abs() < 1e-3, "{away_m} m instead of {distance_m} m from {text}");
    }
    // Corners of the shape are inside (its holes may be filled), points 1 % beyond the distance outside.
    for vertex in shape.geometry().lonlat() {
        assert_ne!(side_of(buffered.geometry(), *vertex), Side::Outside, "{text}");
    }
    let bounds = buffered.geometry().bounds();
    assert_eq!(side_of(buffered.geometry(), [bounds.center()[0], bounds.max[1] + distance_m * 1e-7]), Side::Outside);
}

#[test]
fn vertices_lie_at_the_distance() {
    for distance_m in [1.0, 50.0, 500.0, 20_000.0] {
        check("POINT(121.17 31.9)", distance_m);
        check("POINT(24.94 60.17)", distance_m);
        check("LINESTRING(121.1 31.8,121.2 31.9,121.3 31.8)", distance_m);
        check("LINESTRING(24.8 60.2,25.4 60.2)", distance_m);
        check("POLYGON((121.1 31.8,121.3 31.8,121.3 32,121.1 32,121.1 31.8))", distance_m);
        check("MULTIPOINT(121.1 31.8,121.9 31.9)", distance_m);
        check("POINT(179.9999 10)", distance_m);
        check("MULTILINESTRING((179.9 -53,180 -53),(-180 -53,-179.9 -53))", distance_m);
    }
    check("POLYGON((121 31,122 31,122 32,121 32,121 31),(121.4 31.4,121.4 31.6,121.6 31.6,121.6 31.4,121.4 31.4))", 1000.0);
}

#[test]
fn a_buffer_over_the_antimeridian_has_two_parts() {
    let buffered = buffer(&testing::wkt("POINT(179.999 10)"), 5000.0, &Cancel::default()).unwrap();
    assert_eq!(buffered.geometry().parts().len(), 2);
    let bounds = buffered.geometry().bounds();
    assert_eq!((bounds.min[0], bounds.max[0]), (-180.0, 180.0));
    assert_eq!(side_of(buffered.geometry(), [-179.99, 10.0]), Side::Inside);
}

#[test]
fn the_area_of_a_round_buffer_is_that_of_its_circle() {
    let area_m2 =
        crate::measure::area_m2(buffer(&testing::wkt("POINT(121.17 31.9)"), 1000.0, &Cancel::default()).unwrap().geometry());
    assert!((area_m2 / (std::f64::consts::PI * 1e6) - 1.0).abs() < 1e-3, "{area_m2}");
}

#[test]
fn what_can_not_be_buffered_is_refused() {
    let point = testing::wkt("POINT(121 31)");
    for distance_m in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(buffer(&point, distance_m, &Cancel::default()), Err(BufferError::Distance { .. })));
    }
    assert!(matches!(buffer(&point, 500_000.0, &Cancel::default()), Err(BufferError::TooFar { .. })));
    assert!(matches!(
        buffer(&testing::wkt("LINESTRING(100 31,121 31)"), 10.0, &Cancel::default()),
        Err(BufferError::TooFar { .. })
    ));
    assert!(matches!(buffer(&testing::wkt("POINT(0 89.9)"), 20_000.0, &Cancel::default()), Err(BufferError::Pole)));
}

/// A coast of `count` vertices round a bay, noisy by the seed.
fn coast(count: usize, seed: u64) -> Vec<String> {
    let mut walk = testing::Walk(seed);
    (0..count)
        .map(|index| {
            let (sin, cos) = (index as f64 / count as f64 * std::f64::consts::TAU).sin_cos();
            let radius_deg = 0.1 + 0.005 * walk.next();
            format!("{} {}", 121.2 + radius_deg * cos, 31.9 + radius_deg * sin)
        })
        .collect()
}

#[test]
fn a_large_shape_is_buffered_in_pieces_to_the_same() {
    let (coast, isles) = (coast(700, 3), coast(400, 4));
    let shapes = [
        format!("LINESTRING({})", coast.join(",")),
        format!("POLYGON(({},{}))", coast.join(","), coast[0]),
        format!("POLYGON(({},{}),(121.18 31.88,121.22 31.88,121.22 31.92,121.18 31.92,121.18 31.88))", coast.join(","), coast[0]),
        format!("MULTIPOINT({})", isles.join(",")),
    ];
    for text in shapes {
        for distance_m in [5.0, 200.0] {
            let shape = testing::wkt(&text);
            let plane = super::Plane::about(&shape);
            let flat = super::cut(&shape, distance_m).map_coords(|Coord { x, y }| plane.point_from_lonlat([x, y]));
            let style = BufferStyle::new(distance_m)
                .line_join(LineJoin::Round(super::CORNER_STEP_RAD))
                .line_cap(LineCap::Round(super::CORNER_STEP_RAD));
            let whole = flat.buffer_with_style(style.clone());
            let pieces = super::pieces::buffer(&flat, style, &Cancel::default()).unwrap();
            let differs = whole.xor(&pieces).unsigned_area() / whole.unsigned_area();
            assert!(differs < 1e-3, "{differs} of the area of {distance_m} m round {}", &text[..20]);
        }
    }
}

/// `lines` parallels and as many meridians, walked to and fro: lines² crossings.
fn lattice(lines: usize) -> String {
    let at = |index: usize| index as f64 / lines as f64;
    let mut vertices = Vec::new();
    for index in 0..lines {
        let (near, far) = if index % 2 == 0 { (0.0, 1.0) } else { (1.0, 0.0) };
        vertices.push(format!("{near} {}", at(index)));
        vertices.push(format!("{far} {}", at(index)));
    }
    for index in 0..lines {
        let (near, far) = if index % 2 == 0 { (0.0, 1.0) } else { (1.0, 0.0) };
        vertices.push(format!("{} {near}", at(index)));
        vertices.push(format!("{} {far}", at(index)));
    }
    vertices.join(",")
}

#[test]
fn a_tangle_is_refused_or_given_up_soon() {
    let wild = lattice(2_500);
    let first = wild.split(',').next().unwrap();
    for text in [format!("LINESTRING({wild})"), format!("POLYGON(({wild},{first}))")] {
        let shape = testing::unchecked_wkt(&text);
        assert_eq!(buffer(&shape, 1.0, &Cancel::default()).unwrap_err(), BufferError::Tangled);
        let cancel = Cancel { deadline: Some(Instant::now() + Duration::from_millis(20)), flag: None };
        let refusal = buffer(&shape, 1.0, &cancel).unwrap_err();
        assert!(matches!(refusal, BufferError::Cancelled | BufferError::Tangled), "{refusal}");
    }
    let vast = testing::wkt(&format!("LINESTRING({})", coast(super::MAX_VERTICES + 1, 5).join(",")));
    assert!(matches!(buffer(&vast, 1.0, &Cancel::default()), Err(BufferError::TooLarge { vertices: 100_001 })));
}
