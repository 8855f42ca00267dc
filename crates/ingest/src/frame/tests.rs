//! What coordinates betray.

use super::*;

/// Warnings after features with these first vertices.
fn warnings(crs: &str, positions: &[[f64; 2]]) -> Vec<String> {
    let mut framing = Framing::from_crs(crs.parse().unwrap()).unwrap();
    for position in positions {
        framing.apply(&mut [*position]);
    }
    framing.finish().warnings
}

#[test]
fn swapped_axes_are_warned_of_with_the_evidence() {
    let right = [[610_000.0, 3_530_000.0], [612_000.0, 3_531_000.0]];
    let swapped = right.map(|[x, y]| [y, x]);
    assert_eq!(warnings("EPSG:4549", &right), Vec::<String>::new());
    let said = warnings("EPSG:4549", &swapped);
    assert!(
        said[0].contains("swapped") && said[0].contains("0 lie in the area of use") && said[0].contains("2 with easting"),
        "{said:?}"
    );
    assert!(warnings("EPSG:4490", &[[31.9, 121.1], [31.8, 121.2]])[0].contains("swapped"));
    assert!(warnings("GCJ-02", &[[31.9, 121.1]])[0].contains("swapped"));
    assert!(warnings("EPSG:4490", &[[121.1, 31.9]]).is_empty());
}

#[test]
fn degrees_where_metres_are_stated_are_warned_of_with_the_evidence() {
    for crs in ["EPSG:3857", "EPSG:4549"] {
        for positions in [[[121.1, 31.9], [121.2, 31.8]], [[31.9, 121.1], [31.8, 121.2]]] {
            let said = warnings(crs, &positions);
            let [x, y] = positions[0];
            assert!(said[0].contains("all 2 features") && said[0].contains(&format!("{x}, {y}")), "{crs}: {said:?}");
        }
    }
    // One feature that is none shows that they are metres.
    assert!(warnings("EPSG:3857", &[[121.1, 31.9], [13_480_000.0, 3_760_000.0]]).is_empty());
    assert!(warnings("EPSG:4979", &[[121.1, 31.9]]).is_empty());
}

#[test]
fn the_wrong_zone_is_warned_of() {
    // EPSG:4547 (114°E) is the usual wrong default; these lie at 121.2°E.
    let mut here = Framing::from_crs(Crs::Epsg(4547)).unwrap();
    here.apply(&mut [[1_182_000.0, 3_560_000.0]]);
    let said = here.finish().warnings;
    assert!(said.iter().any(|warning| warning.contains("outside the area of use")), "{said:?}");
    assert!(said.iter().any(|warning| warning.contains("over 3° from the central meridian 114.000°")), "{said:?}");
}

#[test]
fn sources_on_cgcs2000_are_only_unprojected_and_others_are_shifted() {
    let mut framing = Framing::from_crs(Crs::Epsg(4549)).unwrap();
    framing.apply(&mut [[610_000.0, 3_530_000.0]]);
    let report = framing.finish();
    assert!(report.operation.contains("3-degree Gauss-Kruger CM 120E"), "{report:?}");
    assert_eq!(report.accuracy_m, Some(0.0));
    let mut framing = Framing::from_crs(Crs::Epsg(28992)).unwrap();
    framing.apply(&mut [[84_616.0, 447_423.0]]);
    let report = framing.finish();
    assert!(
        report.operation.contains("Amersfoort") && report.accuracy_m.is_some_and(|accuracy_m| accuracy_m > 0.0),
        "{report:?}"
    );
}

#[test]
fn the_frames_of_chinese_web_maps_are_used_in_china() {
    for crs in ["GCJ-02", "BD-09"] {
        let said = warnings(crs, &[[9.5, 47.1], [9.6, 47.2], [121.1, 31.9]]);
        assert!(said.len() == 1 && said[0].contains("2 of 3 features lie outside the area of use"), "{crs}: {said:?}");
        assert!(warnings(crs, &[[121.1, 31.9]]).is_empty(), "{crs}");
    }
}

#[test]
fn every_operation_that_was_taken_is_reported() {
    // NAD27 has an operation for each part of North America; the third and fourth features are no power of two's, and the
    // last lies in two parts.
    let places: [&mut [[f64; 2]]; 5] = [
        &mut [[-100.0, 40.0]],
        &mut [[-100.0, 41.0]],
        &mut [[-80.0, 22.0]],
        &mut [[-100.0, 40.5]],
        &mut [[-100.0, 42.0], [-155.0, 62.0], [-100.0, 42.0]],
    ];
    let mut together = Framing::from_crs(Crs::Epsg(4267)).unwrap();
    let mut alone = Vec::new();
    for place in places {
        for position in place.iter() {
            let mut framing = Framing::from_crs(Crs::Epsg(4267)).unwrap();
            framing.apply(&mut [*position]);
            let operation = framing.finish().operation;
            if !alone.contains(&operation) {
                alone.push(operation);
            }
        }
        together.apply(place);
    }
    assert!(alone.len() >= 3, "{alone:?}");
    assert_eq!(together.finish().operation, alone.join(" / "));
}
