use super::*;
use crate::{QUANTILES, testing};
use std::collections::HashMap;
use urbis_model::mercator::mercator_from_lonlat;

#[test]
fn a_cell_that_meets_a_tile_tells_what_the_whole_layer_tells() {
    let mut walk = testing::Walk(11);
    let schema = testing::schema(&[("height_m", ColumnType::Float)]);
    let points: Vec<(f64, f64, Option<f64>)> = (0..4000)
        .map(|index| (121.0 + walk.next() * 0.3, 31.8 + walk.next() * 0.2, (index % 5 != 0).then(|| walk.next() * 90.0)))
        .collect();
    let rows = points
        .iter()
        .map(|(lon, lat, value)| (testing::wkt(&format!("POINT({lon} {lat})")), vec![value.map_or(Value::Null, Value::Float)]));
    let layer = testing::layer(&schema, rows);
    let mut met = 0;
    for (zoom, resolution) in [(9, 6u8), (11, 8), (13, 9), (14, 10)] {
        let whole = layer.cells(resolution, Some("height_m"), None, &Cancel::default()).unwrap();
        let whole: HashMap<String, _> = whole.into_iter().map(|cell| (cell.cell(), cell)).collect();
        for _ in 0..6 {
            let tile = TileCoord::at(mercator_from_lonlat([121.0 + walk.next() * 0.3, 31.8 + walk.next() * 0.2]), zoom);
            let window = tile.bounds(0.05);
            let batch = layer.cells_of_tile((resolution, Some("height_m")), tile, 0.05, &Cancel::default()).unwrap();
            let number = |name: &str, position: usize| match batch.column(name).unwrap().value(position) {
                Value::Int(number) => Some(number as f64),
                Value::Float(number) => Some(number),
                _ => None,
            };
            let mut found = 0;
            for position in 0..batch.len() {
                let Value::Text(name) = batch.column("cell").unwrap().value(position) else { panic!("a cell has a name") };
                if !batch.geometry(position).bounds().intersects(&window) {
                    continue;
                }
                let expected = &whole[name];
                assert_eq!(number("count", position), Some(expected.count as f64));
                assert_eq!((number("sum", position), number("mean", position)), (expected.sum, expected.mean));
                let quantiles: Vec<f64> = QUANTILES.iter().filter_map(|quantile| number(quantile.0, position)).collect();
                assert!(quantiles.is_sorted() && quantiles.len() == if expected.sum.is_some() { 7 } else { 0 });
                found += 1;
            }
            let expected = whole.values().filter(|cell| cell.outline().geometry().bounds().intersects(&window)).count();
            assert_eq!(found, expected, "{tile:?}");
            met += found;
        }
    }
    assert!(met > 100, "{met}");
}

#[test]
fn deeper_zooms_get_finer_cells() {
    let resolutions: Vec<u8> = (0..=24).map(resolution_of_zoom).collect();
    assert!(resolutions.is_sorted());
    assert_eq!((resolutions[0], resolutions[8], resolutions[14], resolutions[24]), (0, 6, 10, 15));
}
