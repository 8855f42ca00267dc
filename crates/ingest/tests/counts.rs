//! Counts, vertices and areas of real files equal those of pyogrio, shapely and pyproj (`oracle/counts.py`).

mod shared;

use geographiclib_rs::{Geodesic, PolygonArea, Winding};
use serde::Deserialize;
use urbis_ingest::ImportOptions;
use urbis_model::{GeometryRef, LayerKind};

#[derive(Deserialize)]
struct Oracle {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    file: String,
    layer: Option<String>,
    r#where: Option<String>,
    crs: Option<String>,
    features: u64,
    vertices: usize,
    invalid: u64,
    area_of_valid_m2: f64,
}

#[test]
fn counts_and_areas_equal_an_independent_reading() {
    let Some(folder) = shared::folder() else { return };
    let oracle: Oracle = serde_json::from_str(include_str!("oracle/counts.json")).unwrap();
    assert!(oracle.cases.len() >= 17);
    for case in oracle.cases {
        check(&folder, &case);
    }
}

fn check(folder: &std::path::Path, case: &Case) {
    let kind = match case.r#where.as_deref().unwrap_or("") {
        condition if condition.starts_with("building") => LayerKind::Building,
        condition if condition.starts_with("highway") => LayerKind::Road,
        condition if condition.starts_with("place") => LayerKind::Place,
        _ => LayerKind::Generic,
    };
    let options = ImportOptions {
        files: vec![folder.join(&case.file)],
        kind,
        source_layer: case.layer.clone().filter(|_| case.r#where.is_none()),
        crs: case.crs.as_deref().map(|crs| crs.parse().unwrap()),
        ..ImportOptions::default()
    };
    let mut ids = Vec::new();
    let mut areas_m2 = Vec::new();
    let mut vertices = 0;
    let report = shared::read(&options, |batch| {
        for at in 0..batch.features.len() {
            ids.push(batch.features.ids()[at].number());
            areas_m2.push(area_m2(batch.features.geometry(at)));
            vertices += batch.features.geometry(at).lonlat().len();
        }
    })
    .unwrap_or_else(|error| panic!("{}: {error}", case.file));
    let named = (&case.file, &case.layer);
    let changed: Vec<u64> = report.rows().unwrap().map(|row| row.unwrap().row).collect();
    assert_eq!(report.read, case.features, "{named:?}");
    assert_eq!(changed.len() as u64, case.invalid, "{named:?}: what is not plainly imported is what shapely calls invalid");
    if case.invalid == 0 {
        assert_eq!(vertices, case.vertices, "{named:?}");
    }
    let area_m2: f64 = ids.iter().zip(&areas_m2).filter(|(id, _)| !changed.contains(id)).map(|(_, area_m2)| area_m2).sum();
    assert!(
        (area_m2 - case.area_of_valid_m2).abs() <= 1e-6 * case.area_of_valid_m2,
        "{named:?}: {area_m2} and {}",
        case.area_of_valid_m2
    );
}

fn area_m2(geometry: GeometryRef<'_>) -> f64 {
    if geometry.kind().dimension() < 2 {
        return 0.0;
    }
    let geodesic = Geodesic::wgs84();
    let mut sum_m2 = 0.0;
    for part in geometry.parts() {
        for ring in part.rings() {
            let mut polygon = PolygonArea::new(&geodesic, Winding::CounterClockwise);
            for [lon, lat] in &ring.lonlat()[1..] {
                polygon.add_point(*lat, *lon);
            }
            // Exteriors run counter-clockwise and holes clockwise, so the signed sum is the area.
            sum_m2 += polygon.compute(true).1;
        }
    }
    sum_m2
}
