//! Positions, boxes, tiles, names and batches.

use crate::geometry::GeometryWriter;
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
    // 180 and -180 are one meridian, whichever a box ends at and a place has.
    for (west, east, parts) in [(179.5, 180.0, 2), (-180.0, -179.5, 2), (180.0, 180.0, 2), (-180.0, 180.0, 1), (0.0, 179.9, 1)] {
        let bbox = Bbox::from_degrees(west, -10.0, east, 10.0).unwrap();
        assert_eq!(bbox.planar_parts().count(), parts, "{west} to {east}");
        let on_meridian = [-180.0, 180.0].map(|lon| bbox.contains(LonLat::from_degrees(lon, 0.0).unwrap()));
        assert_eq!(on_meridian, [east != 179.9; 2], "{west} to {east}");
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
    assert_eq!(" 1985 国家高程基准".parse(), Ok(VerticalDatum::Yellow1985));
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

/// Rows with every type, nulls, holes, heights, depths and faces, in an order that a seed decides.
fn mixed_rows(seed: u64, count: u64) -> FeatureBatch {
    let types = [("b", ColumnType::Bool), ("i", ColumnType::Int), ("f", ColumnType::Float), ("t", ColumnType::Text)];
    let fields = types.map(|(name, column_type)| Field { name: name.to_owned(), column_type });
    let mut batch = FeatureBatch::new(Arc::new(Schema::new(fields.to_vec()).unwrap()));
    let mut state = seed;
    for number in 1..=count {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let chance = |shift: u32, of: u64| (state >> shift) % of;
        let text = format!("文{}", chance(20, 5));
        let values = [
            if chance(24, 4) == 0 { Value::Null } else { Value::Bool(chance(25, 2) == 0) },
            if seed.is_multiple_of(2) && chance(28, 3) == 0 { Value::Null } else { Value::Int(chance(30, 99) as i64) },
            Value::Float(number as f64 / 3.0),
            if chance(33, 3) == 0 { Value::Null } else { Value::Text(&text) },
        ];
        let (kind, height) =
            [(GeometryKind::Polygon, None), (GeometryKind::MultiPolygon, Some(4.5)), (GeometryKind::Solid, Some(7.0))]
                [if seed.is_multiple_of(3) { 0 } else { chance(36, 3) as usize }];
        let write = |writer: &mut GeometryWriter<'_>| {
            writer.kind(kind);
            for part in 0..if kind == GeometryKind::Polygon { 1 } else { 2 } {
                writer.face(if kind == GeometryKind::Solid { SurfaceKind::Roof } else { SurfaceKind::Unknown });
                for ring in 0..1 + chance(40, 2) {
                    writer.ring();
                    for vertex in [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]] {
                        writer.vertex([vertex[0] + part as f64, vertex[1] + ring as f64]);
                        height.into_iter().for_each(|z_m| writer.z_m(z_m));
                        if chance(44, 5) == 1 {
                            writer.depth_m(1.5);
                        }
                    }
                }
            }
        };
        batch.push(FeatureId::new(number).unwrap(), write, &values).unwrap();
    }
    batch
}

/// Everything that can be read of a batch, NaN written as text.
fn content(batch: &FeatureBatch) -> Vec<String> {
    let row = |index: usize| {
        let geometry = batch.geometry(index);
        let parts: Vec<_> =
            geometry.parts().map(|part| (part.face(), part.rings().map(|ring| ring.lonlat()).collect::<Vec<_>>())).collect();
        let values: Vec<_> = batch.columns().iter().map(|column| column.value(index)).collect();
        let over = |heights: Option<Vec<String>>| heights.filter(|heights| heights.iter().any(|height| height != "NaN"));
        let z_m = over(geometry.z_m().map(|all| all.iter().map(f64::to_string).collect()));
        let depth_m = over(geometry.depth_m().map(|all| all.iter().map(f32::to_string).collect()));
        format!("{} {:?} {parts:?} {z_m:?} {depth_m:?} {values:?}", batch.ids()[index], geometry.kind())
    };
    (0..batch.len()).map(row).collect()
}

#[test]
fn appended_batches_read_as_rows_pushed_one_by_one() {
    // Seeds of multiples of 3 have neither heights nor faces; odd ones no null integer; 0 rows is a batch too.
    for sizes in
        [[(3, 70), (4, 130)], [(4, 130), (3, 70)], [(3, 64), (9, 64)], [(2, 0), (5, 65)], [(5, 65), (2, 0)], [(8, 1), (10, 200)]]
    {
        let batches = sizes.map(|(seed, count)| mixed_rows(seed, count));
        let (mut appended, mut pushed) =
            (FeatureBatch::new(batches[0].schema().clone()), FeatureBatch::new(batches[0].schema().clone()));
        for batch in batches.iter().chain(&batches) {
            appended.append(batch).unwrap();
            appended.reserve_alike(50);
            (0..batch.len()).for_each(|index| pushed.push_from(batch, index, batch.ids()[index]).unwrap());
        }
        appended.shrink();
        assert_eq!(content(&appended), content(&pushed), "{sizes:?}");
        let distinct = |batch: &FeatureBatch| batch.column("t").unwrap().as_text().unwrap().dictionary().len();
        assert_eq!(distinct(&appended), distinct(&pushed));
    }
}

#[test]
fn a_batch_of_other_columns_is_not_appended_in_part() {
    let mut batch = mixed_rows(4, 10);
    let before = content(&batch);
    let fields = ["b", "i", "f", "t"].map(|name| Field { name: name.to_owned(), column_type: ColumnType::Bool });
    let other = FeatureBatch::new(Arc::new(Schema::new(fields.to_vec()).unwrap()));
    assert!(matches!(batch.append(&other), Err(feature::FeatureError::Value { column, .. }) if column == "i"));
    let narrow = FeatureBatch::new(Arc::new(Schema::new(fields[..1].to_vec()).unwrap()));
    assert!(matches!(batch.append(&narrow), Err(feature::FeatureError::Arity { given: 1, expected: 4 })));
    assert_eq!(content(&batch), before);
}
