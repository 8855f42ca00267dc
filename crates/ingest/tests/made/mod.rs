//! Tables that tests make with GDAL.

use gdal::{
    DriverManager,
    spatial_ref::SpatialRef,
    vector::{Feature, FieldDefn, Geometry, LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType},
};
use std::{ffi::CString, path::Path};

/// An area about the size of a town.
#[allow(dead_code, reason = "not every test that makes tables needs a shape")]
pub(crate) const SQUARE: &str = "POLYGON((9 47,9.1 47,9.1 47.1,9 47.1,9 47))";

/// The value of a table's one column `name`.
#[derive(Clone, Copy)]
pub(crate) enum Cell<'a> {
    Text(&'a str),
    /// In whatever encoding.
    #[allow(dead_code, reason = "only the test of encodings needs it")]
    Bytes(&'a [u8]),
}

/// Writes a table of any shapes, given as WKT, in EPSG:4326.
pub(crate) fn write_table(driver: &str, path: &Path, rows: &[(Cell<'_>, &str)]) {
    let driver_of = DriverManager::get_driver_by_name(driver).unwrap();
    let mut dataset = driver_of.create_vector_only(path).unwrap();
    let frame = SpatialRef::from_epsg(4326).unwrap();
    let shapefile = driver == "ESRI Shapefile";
    let options: Option<&[&str]> = if shapefile { Some(&["ENCODING="]) } else { None };
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let layer = dataset
        .create_layer(LayerOptions {
            name: &name,
            srs: Some(&frame),
            ty: if shapefile { OGRwkbGeometryType::wkbPolygon } else { OGRwkbGeometryType::wkbUnknown },
            options,
        })
        .unwrap();
    FieldDefn::new("name", OGRFieldType::OFTString).unwrap().add_to_layer(&layer).unwrap();
    for (cell, wkt) in rows {
        let mut feature = Feature::new(layer.defn()).unwrap();
        let bytes = match cell {
            Cell::Text(text) => text.as_bytes(),
            Cell::Bytes(bytes) => bytes,
        };
        let text = CString::new(bytes).unwrap();
        set_bytes(&feature, &text);
        feature.set_geometry(geometry(wkt)).unwrap();
        feature.create(&layer).unwrap();
    }
}

/// WKT with `nan` and `inf`, which GDAL does not read: they go in as rare numbers and are exchanged in the WKB.
fn geometry(wkt: &str) -> Geometry {
    let rare = [("nan", 1.5e300_f64, f64::NAN), ("inf", 2.5e300, f64::INFINITY)];
    let written = rare.iter().fold(wkt.to_owned(), |wkt, (word, number, _)| wkt.replace(word, &format!("{number:e}")));
    let mut wkb = Geometry::from_wkt(&written).unwrap().wkb().unwrap();
    for (_, number, meant) in rare {
        for at in 0..wkb.len().saturating_sub(7) {
            if wkb[at..at + 8] == number.to_le_bytes() {
                wkb[at..at + 8].copy_from_slice(&meant.to_le_bytes());
            }
        }
    }
    Geometry::from_wkb(&wkb).unwrap()
}

/// The crate takes only UTF-8.
#[expect(unsafe_code, reason = "bytes of another encoding can be handed to GDAL only through its C interface")]
fn set_bytes(feature: &Feature<'_>, text: &CString) {
    // SAFETY: the feature is live, has one field, and GDAL copies the C string.
    unsafe { gdal_sys::OGR_F_SetFieldString(feature.c_feature(), 0, text.as_ptr()) };
}
