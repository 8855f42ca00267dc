//! Positions, boxes, tiles, names and batches.

use crate::*;
use std::sync::Arc;

#[test]
fn every_tile_to_zoom_6_is_found_again_from_its_centre() {
    for z in 0..=6u32 {
        for x in 0..1u64 << z {
            for y in 0..1u64 << z {
                let tile = TileCoord::new(z, x, y).unwrap();
                let (corner, side) = tile.mercator_square();
                let centre = MercatorUnit { x: corner.x + side / 2.0, y: corner.y + side / 2.0 };
                assert_eq!(TileCoord::at(centre, tile.z()), tile);
                assert!(tile.bounds(0.0).contains(mercator::lonlat_from_mercator(centre)));
            }
        }
    }
}

#[test]
fn tiles_outside_the_grid_are_refused() {
    for (z, x, y) in [(0, 1, 0), (3, 8, 0), (3, 0, 8), (25, 0, 0), (40, 0, 0), (300, 0, 0), (2, u64::MAX, 0)] {
        TileCoord::new(z, x, y).unwrap_err();
    }
}

#[test]
fn mercator_agrees_with_the_published_example() {
    // EPSG guidance note 7-2, "Popular Visualisation Pseudo Mercator": 24°22'54.433"N 100°20'W -> -11169055.58, 2800000.00.
    let point = mercator::mercator_from_lonlat([-100.0 - 20.0 / 60.0, 24.0 + 22.0 / 60.0 + 54.433 / 3600.0]);
    let around = 2.0 * std::f64::consts::PI * mercator::WGS84_SEMI_MAJOR_AXIS_M;
    let (easting_m, northing_m) = ((point.x - 0.5) * around, (0.5 - point.y) * around);
    assert!((easting_m + 11_169_055.58).abs() < 0.01, "{easting_m}");
    assert!((northing_m - 2_800_000.00).abs() < 0.02, "{northing_m}");
}

#[test]
fn positions_and_boxes_refuse_what_is_none() {
    for (lon, lat) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (181.0, 0.0), (0.0, 90.1), (31.9, 121.2)] {
        LonLat::from_degrees(lon, lat).unwrap_err();
    }
    Bbox::from_degrees(0.0, 10.0, 1.0, 5.0).unwrap_err();
    Bbox::from_degrees(f64::NAN, 0.0, 1.0, 5.0).unwrap_err();
}

#[test]
fn a_box_over_the_antimeridian_has_two_parts() {
    let fiji = Bbox::from_degrees(177.0, -20.0, -178.0, -16.0).unwrap();
    assert!(fiji.crosses_antimeridian());
    assert_eq!(fiji.planar_parts().count(), 2);
    for (lon, inside) in [(179.0, true), (-179.0, true), (180.0, true), (0.0, false), (176.9, false)] {
        assert_eq!(fiji.contains(LonLat::from_degrees(lon, -18.0).unwrap()), inside, "{lon}");
    }
}

#[test]
fn layer_names_are_safe_in_tables_urls_and_tiles() {
    for name in ["buildings", "gas_pipe", "建筑", "a1"] {
        assert_eq!(name.parse::<LayerName>().unwrap().as_str(), name);
    }
    for name in ["", "Buildings", "1a", "a b", "a,b", "a\"b", "a/b", "gpkg_x", "rtree_x", "sqlite_x", "urbis_x", &"a".repeat(64)]
    {
        name.parse::<LayerName>().unwrap_err();
    }
}

#[test]
fn names_of_kinds_crs_and_datums_read_back() {
    for kind in LayerKind::ALL {
        assert_eq!(kind.name().parse::<LayerKind>().unwrap(), *kind);
    }
    for crs in [Crs::Epsg(4490), Crs::Gcj02, Crs::Bd09] {
        assert_eq!(crs.to_string().parse::<Crs>().unwrap(), crs);
    }
    for datum in VerticalDatum::ALL {
        assert_eq!(datum.name().parse::<VerticalDatum>().unwrap(), datum);
    }
    for text in ["", "4326", "EPSG:", "EPSG:-1", "EPSG:99999999999", "WGS84"] {
        text.parse::<Crs>().unwrap_err();
    }
}

#[test]
fn a_refused_feature_leaves_the_batch_as_it_was() {
    let schema = Schema::new(vec![
        Field { name: "name".into(), column_type: ColumnType::Text },
        Field { name: "levels".into(), column_type: ColumnType::Int },
    ]);
    let mut batch = FeatureBatch::new(Arc::new(schema.unwrap()));
    let point = |writer: &mut geometry::GeometryWriter<'_>| {
        writer.part();
        writer.ring();
        writer.vertex([121.0, 31.0]);
    };
    let id = FeatureId::new(1).unwrap();
    batch.push(id, point, &[Value::Text("塔"), Value::Text("3")]).unwrap_err();
    batch.push(id, point, &[Value::Text("塔")]).unwrap_err();
    batch.push(id, |_| {}, &[Value::Text("塔"), Value::Int(3)]).unwrap_err();
    batch.push(id, point, &[Value::Text("塔"), Value::Int(3)]).unwrap();
    assert_eq!((batch.len(), batch.geometries().len(), batch.columns()[0].len()), (1, 1, 1));
    assert_eq!(batch.column("levels").unwrap().value(0), Value::Int(3));
    assert_eq!(FeatureId::new(0), None);
    assert_eq!(FeatureId::new(FeatureId::MAX + 1), None);
}
