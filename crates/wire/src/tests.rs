use crate::{csv, geojson, wkt::wkt};
use std::sync::Arc;
use urbis_model::geometry::GeometryWriter;
use urbis_model::{ColumnType, FeatureBatch, FeatureId, Field, GeometryKind, Schema, SurfaceKind, Value};

fn batch() -> FeatureBatch {
    let field = |name: &str, column_type| Field { name: name.into(), column_type };
    let schema = Schema::new(vec![field("名称", ColumnType::Text), field("height_m", ColumnType::Float)]).unwrap();
    FeatureBatch::new(Arc::new(schema))
}

fn write(writer: &mut GeometryWriter<'_>, kind: GeometryKind, parts: &[&[&[[f64; 2]]]]) {
    writer.kind(kind);
    for rings in parts {
        writer.part();
        for ring in *rings {
            writer.ring();
            ring.iter().for_each(|vertex| writer.vertex(*vertex));
        }
    }
}

const LINE: &[[f64; 2]] = &[[1.0, 2.0], [3.0, 4.0]];

/// Parts of rings of vertices.
type Parts = &'static [&'static [&'static [[f64; 2]]]];

const TRIANGLE: &[[f64; 2]] = &[[0.0, 0.0], [4.5, 0.0], [4.5, 4.25], [0.0, 0.0]];

#[test]
fn shapes_are_written_as_the_standards_print_them() {
    use GeometryKind::*;
    // Expected texts after RFC 7946 appendix A and OGC 06-103r4 section 7.2.6.
    let rows: [(GeometryKind, Parts, &str, &str); 6] = [
        (Point, &[&[&[[1.5, -2.0]]]], "[1.5,-2]", "POINT (1.5 -2)"),
        (MultiPoint, &[&[&[[1.0, 2.0]]], &[&[[3.0, 4.0]]]], "[[1,2],[3,4]]", "MULTIPOINT ((1 2), (3 4))"),
        (LineString, &[&[LINE]], "[[1,2],[3,4]]", "LINESTRING (1 2, 3 4)"),
        (MultiLineString, &[&[LINE]], "[[[1,2],[3,4]]]", "MULTILINESTRING ((1 2, 3 4))"),
        (Polygon, &[&[TRIANGLE]], "[[[0,0],[4.5,0],[4.5,4.25],[0,0]]]", "POLYGON ((0 0, 4.5 0, 4.5 4.25, 0 0))"),
        (MultiPolygon, &[&[TRIANGLE]], "[[[[0,0],[4.5,0],[4.5,4.25],[0,0]]]]", "MULTIPOLYGON (((0 0, 4.5 0, 4.5 4.25, 0 0)))"),
    ];
    for (kind, parts, coordinates, text) in rows {
        let mut batch = batch();
        batch.push(FeatureId::new(1).unwrap(), |writer| write(writer, kind, parts), &[Value::Null, Value::Null]).unwrap();
        let mut out = Vec::new();
        geojson::write_geometry(&mut out, batch.geometry(0));
        assert_eq!(String::from_utf8(out).unwrap(), format!(r#"{{"type":"{}","coordinates":{coordinates}}}"#, kind.name()));
        assert_eq!(wkt(batch.geometry(0)), text);
    }
}

#[test]
fn a_feature_parses_back_with_its_attributes() {
    let mut batch = batch();
    let values = [Value::Text("第\"一\"\n楼,甲"), Value::Float(24.0)];
    batch.push(FeatureId::new(7).unwrap(), |writer| write(writer, GeometryKind::Polygon, &[&[TRIANGLE]]), &values).unwrap();
    let mut out = Vec::new();
    geojson::write_feature(&mut out, &batch, 0, &[0, 1]);
    let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(value["id"], 7);
    assert_eq!(value["properties"]["名称"], "第\"一\"\n楼,甲");
    assert_eq!(value["properties"]["height_m"], 24);

    let mut out = Vec::new();
    csv::write_header(&mut out, batch.schema(), &[1, 0]);
    csv::write_row(&mut out, &batch, 0, &[1, 0]);
    let expected = "id,height_m,名称,geometry\r\n7,24,\"第\"\"一\"\"\n楼,甲\",\"POLYGON ((0 0, 4.5 0, 4.5 4.25, 0 0))\"\r\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn a_csv_header_names_each_column_once() {
    for (names, expected) in [
        (&["id", "name"][..], "id,id_1,name,geometry\r\n"),
        (&["ID", "id_1", "Geometry"], "id,ID_2,id_1,Geometry_1,geometry\r\n"),
        (&["source_id", "ids"], "id,source_id,ids,geometry\r\n"),
    ] {
        let field = |name: &&str| Field { name: (*name).to_owned(), column_type: ColumnType::Int };
        let schema = Schema::new(names.iter().map(field).collect()).unwrap();
        let mut out = Vec::new();
        csv::write_header(&mut out, &schema, &(0..names.len()).collect::<Vec<_>>());
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}

#[test]
fn a_solid_is_written_with_its_heights() {
    let mut batch = batch();
    let solid = |writer: &mut GeometryWriter<'_>| {
        writer.kind(GeometryKind::Solid);
        writer.face(SurfaceKind::Roof);
        writer.ring();
        for vertex in TRIANGLE {
            writer.vertex(*vertex);
            writer.z_m(10.5);
        }
    };
    batch.push(FeatureId::new(1).unwrap(), solid, &[Value::Null, Value::Null]).unwrap();
    assert_eq!(wkt(batch.geometry(0)), "MULTIPOLYGON Z (((0 0 10.5, 4.5 0 10.5, 4.5 4.25 10.5, 0 0 10.5)))");
    let mut out = Vec::new();
    geojson::write_geometry(&mut out, batch.geometry(0));
    assert!(String::from_utf8(out).unwrap().starts_with(r#"{"type":"MultiPolygon","coordinates":[[[[0,0,10.5]"#));
}
