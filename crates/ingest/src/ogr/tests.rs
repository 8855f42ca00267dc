//! GDAL behind its safe types.

use super::*;

#[test]
fn a_bow_tie_is_said_and_made_valid() {
    let mut wkb = Vec::new();
    linear_wkb_from_wkt("POLYGON((0 0,2 2,2 0,0 2,0 0))", 1 << 20, &mut wkb).unwrap();
    let reason = why_invalid(&wkb).unwrap();
    assert!(reason.contains("Self-intersection"), "{reason}");
    assert!(why_invalid(&made_valid(&wkb).unwrap()).is_none());
}

#[test]
fn what_is_no_wkt_is_said_and_nothing_is_printed() {
    let mut wkb = Vec::new();
    for wkt in ["", "POLYGON", "POINT(a b)", "CIRCLE(1 2)", "POINT\0(1 2"] {
        let reason = linear_wkb_from_wkt(wkt, 1 << 20, &mut wkb).unwrap_err();
        assert!(reason.starts_with("its WKT can't be read"), "{reason}");
    }
    assert!(wkb.is_empty());
}

#[test]
fn curves_become_chords() {
    let mut wkb = Vec::new();
    linear_wkb_from_wkt("CURVEPOLYGON(CIRCULARSTRING(0 0,1 1,2 0,1 -1,0 0))", 1 << 20, &mut wkb).unwrap();
    assert_eq!(&wkb[..5], [1, 3, 0, 0, 0], "a plain polygon");
    assert!(wkb.len() > 60 * 16);
}

#[test]
fn messages_nest_and_do_not_mix() {
    let outer = Messages::listen();
    assert!(Dataset::open("/nowhere/a.gpkg", &["GPKG"], &[], &[]).is_none());
    {
        let inner = Messages::listen();
        assert!(inner.take_failures().is_empty());
    }
    assert_eq!(outer.take_failures().len(), 1);
}

#[test]
fn texts_among_numbers_are_known_up_to_so_many_texts() {
    use gdal::{
        DriverManager,
        vector::{Feature, FieldDefn, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType, sql::Dialect},
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gpkg");
    {
        let mut made = DriverManager::get_driver_by_name("GPKG").unwrap().create_vector_only(&path).unwrap();
        let layer = LayerOptions { name: "a", srs: None, ty: OGRwkbGeometryType::wkbPoint, options: None };
        let layer = made.create_layer(layer).unwrap();
        for name in ["m", "n"] {
            FieldDefn::new(name, OGRFieldType::OFTInteger64).unwrap().add_to_layer(&layer).unwrap();
        }
        for _ in 0..3 {
            Feature::new(layer.defn()).unwrap().create(&layer).unwrap();
        }
        made.execute_sql("UPDATE a SET m = 'many', n = 'few' WHERE fid > 1", None, Dialect::DEFAULT).unwrap();
    }
    let dataset = Dataset::open(&path.to_string_lossy(), &["GPKG"], &[], &[]).unwrap();
    let texts = |most| dataset.texts_in_numbers("a", "fid", &["m", "n"], most);
    assert_eq!(texts(4).unwrap(), [(2, vec![0, 1]), (3, vec![0, 1])].into());
    assert_eq!(texts(3), None, "two rows of four texts");
}
