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
