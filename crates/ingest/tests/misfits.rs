//! Texts in a GeoPackage's columns of numbers.

mod shared;

use gdal::{
    DriverManager,
    spatial_ref::SpatialRef,
    vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType},
};
use urbis_ingest::ImportOptions;

#[test]
fn a_text_in_a_column_of_integers_is_left_empty_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    {
        let mut dataset = DriverManager::get_driver_by_name("GPKG").unwrap().create_vector_only(&path).unwrap();
        let frame = SpatialRef::from_epsg(4326).unwrap();
        let layer = LayerOptions { name: "a", srs: Some(&frame), ty: OGRwkbGeometryType::wkbPoint, options: None };
        let layer = dataset.create_layer(layer).unwrap();
        FieldDefn::new("name", OGRFieldType::OFTString).unwrap().add_to_layer(&layer).unwrap();
        FieldDefn::new("seen", OGRFieldType::OFTDateTime).unwrap().add_to_layer(&layer).unwrap();
        FieldDefn::new("n\"o", OGRFieldType::OFTInteger64).unwrap().add_to_layer(&layer).unwrap();
        for number in 1..=3 {
            let mut feature = Feature::new(layer.defn()).unwrap();
            feature.set_field_integer64(2, number).unwrap();
            feature.set_geometry(Geometry::from_wkt("POINT(121 31)").unwrap()).unwrap();
            feature.create(&layer).unwrap();
        }
        let sql = "UPDATE a SET \"n\"\"o\" = 'many', seen = '张三' WHERE fid = 2";
        dataset.execute_sql(sql, None, gdal::vector::sql::Dialect::DEFAULT).unwrap();
    }
    let options = ImportOptions { files: vec![path], ..ImportOptions::default() };
    let mut values = Vec::new();
    let report = shared::read(&options, |batch| {
        let column = &batch.features.columns()[2];
        values.extend((0..batch.features.len()).map(|row| format!("{:?}", column.value(row))));
    })
    .unwrap();
    assert_eq!(values, ["Int(1)", "Null", "Int(3)"]);
    assert!(report.notes.iter().any(|note| note.contains("has 1 texts")), "{:?}", report.notes);
    let of_time: Vec<&String> = report.notes.iter().filter(|note| note.contains("seen")).collect();
    assert!(of_time.len() == 1 && !of_time[0].contains("张三"), "{:?}", report.notes);
}
