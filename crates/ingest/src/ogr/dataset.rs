//! Open files, their layers and features.

use super::{Messages, StringList, c_string, geometry::append_linear_wkb, lent_bytes};
use gdal_sys::*;
use std::{
    collections::HashMap,
    ffi::{c_char, c_int},
    marker::PhantomData,
    ptr,
};
use urbis_model::ColumnType;

/// `GDAL_OF_VECTOR | GDAL_OF_READONLY | GDAL_OF_VERBOSE_ERROR` of `gdal.h`, macros that the bindings leave out.
const OPEN_VECTOR_READONLY_VERBOSE: u32 = 0x04 | 0x40;

/// An open file.
pub(crate) struct Dataset(GDALDatasetH);

/// A layer of an open file.
pub(crate) struct Layer<'a> {
    handle: OGRLayerH,
    dataset: &'a Dataset,
}

/// What a source says of its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Its EPSG code, where it states one.
    pub(crate) epsg: Option<u32>,
    /// The whole definition as WKT 2.
    pub(crate) wkt: String,
    /// Whether coordinates come in the authority's axis order where that is northing first.
    pub(crate) authority_order: bool,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// As this type.
    Typed(ColumnType),
    /// Binary: not read.
    Binary,
}

/// A field's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FieldText<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Bytes in the file's encoding.
    Text(&'a [u8]),
    /// Year, month, day; hour, minute, second; milliseconds; minutes ahead of UTC where known.
    Time([u32; 3], [u32; 3], u32, Option<i64>),
}

impl Dataset {
    /// Opens a file with one of the named drivers. None when none can; then the failures were said.
    pub(crate) fn open(path: &str, drivers: &[&str], options: &[&str], config: &[(&str, &str)]) -> Option<Self> {
        // SAFETY: registering twice is allowed by GDAL and does nothing.
        unsafe { GDALAllRegister() };
        for (key, value) in config {
            let (key, value) = (c_string(key), c_string(value));
            // SAFETY: two C strings that GDAL copies.
            unsafe { CPLSetThreadLocalConfigOption(key.as_ptr(), value.as_ptr()) };
        }
        let path = c_string(path);
        let (drivers, options) = (StringList::new(drivers.iter().copied()), StringList::new(options.iter().copied()));
        // SAFETY: all lists are null-terminated and outlive the call.
        let handle =
            unsafe { GDALOpenEx(path.as_ptr(), OPEN_VECTOR_READONLY_VERBOSE, drivers.as_ptr(), options.as_ptr(), ptr::null()) };
        (!handle.is_null()).then_some(Self(handle))
    }

    /// Number of layers.
    pub(crate) fn layer_count(&self) -> usize {
        // SAFETY: open.
        usize::try_from(unsafe { GDALDatasetGetLayerCount(self.0) }).unwrap_or(0)
    }

    /// A layer by position.
    pub(crate) fn layer(&self, index: usize) -> Option<Layer<'_>> {
        // SAFETY: open; GDAL answers null out of range.
        let handle = unsafe { GDALDatasetGetLayer(self.0, c_int::try_from(index).ok()?) };
        (!handle.is_null()).then_some(Layer { handle, dataset: self })
    }

    /// A layer by name.
    pub(crate) fn layer_named(&self, name: &str) -> Option<Layer<'_>> {
        (0..self.layer_count()).filter_map(|index| self.layer(index)).find(|layer| layer.name() == name)
    }

    /// Where a GeoPackage's columns of numbers hold texts, which SQLite allows and GDAL reads as 0: for each row that has
    /// one its key and the positions of the columns. None past `most` texts.
    pub(crate) fn texts_in_numbers(
        &self,
        table: &str,
        key: &str,
        columns: &[&str],
        most: usize,
    ) -> Option<HashMap<i64, Vec<usize>>> {
        /// SQLite takes no deeper expression than 1000.
        const COLUMNS_AT_ONCE: usize = 500;
        let quote = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        // What is not to be asked so, is read as GDAL reads it.
        let _messages = Messages::listen();
        let mut rows: HashMap<i64, Vec<usize>> = HashMap::new();
        let mut count = 0;
        for (chunk, some) in columns.chunks(COLUMNS_AT_ONCE).enumerate() {
            let is_text: Vec<String> = some.iter().map(|column| format!("typeof({}) = 'text'", quote(column))).collect();
            let flags: Vec<String> = is_text.iter().enumerate().map(|(at, flag)| format!("{flag} AS c{at}")).collect();
            let (flags, any) = (flags.join(", "), is_text.join(" OR "));
            // As an expression the key is a field: GDAL takes the column itself away from the fields.
            let sql = c_string(&format!("SELECT {} + 0 AS row_key, {flags} FROM {} WHERE {any}", quote(key), quote(table)));
            // SAFETY: open; a C string; the result is walked and released here, its features by `Feature`.
            unsafe {
                let result = GDALDatasetExecuteSQL(self.0, sql.as_ptr(), ptr::null_mut(), ptr::null());
                if result.is_null() {
                    continue;
                }
                let layer = Layer { handle: result, dataset: self };
                let mut features = layer.features();
                while let Some((feature, _)) = features.next().filter(|_| count <= most) {
                    let number = |field: usize| match feature.value(field, FieldKind::Typed(ColumnType::Int)) {
                        FieldText::Int(number) => number,
                        _ => 0,
                    };
                    let texts = (0..some.len()).filter(|at| number(at + 1) != 0).map(|at| chunk * COLUMNS_AT_ONCE + at);
                    let row = rows.entry(number(0)).or_default();
                    let before = row.len();
                    row.extend(texts);
                    count += row.len() - before;
                }
                GDALDatasetReleaseResultSet(self.0, result);
            }
        }
        (count <= most).then_some(rows)
    }

    /// A metadata item of the file, such as a GeoPackage's identifier.
    pub(crate) fn metadata(&self, key: &str, domain: &str) -> String {
        let (key, domain) = (c_string(key), c_string(domain));
        // SAFETY: open, two C strings.
        String::from_utf8_lossy(unsafe { lent_bytes(GDALGetMetadataItem(self.0, key.as_ptr(), domain.as_ptr())) }).into_owned()
    }
}

impl Drop for Dataset {
    fn drop(&mut self) {
        // SAFETY: open, and closed once.
        unsafe { GDALClose(self.0) };
    }
}

impl<'a> Layer<'a> {
    /// Its name.
    pub(crate) fn name(&self) -> String {
        // SAFETY: live with its dataset.
        String::from_utf8_lossy(unsafe { lent_bytes(OGR_L_GetName(self.handle)) }).into_owned()
    }

    /// The name of its primary key, where that is a column of its own; else empty.
    pub(crate) fn fid_column(&self) -> String {
        // SAFETY: live with its dataset.
        String::from_utf8_lossy(unsafe { lent_bytes(OGR_L_GetFIDColumn(self.handle)) }).into_owned()
    }

    /// Whether its features have shapes.
    pub(crate) fn has_geometry(&self) -> bool {
        // SAFETY: live with its dataset.
        unsafe { OGR_L_GetGeomType(self.handle) != OGRwkbGeometryType::wkbNone }
    }

    /// Its fields: header bytes in the file's encoding, and how they are read.
    pub(crate) fn fields(&self) -> Vec<(Vec<u8>, FieldKind)> {
        // SAFETY: live with its dataset; field indices are below the count.
        unsafe {
            let definition = OGR_L_GetLayerDefn(self.handle);
            (0..OGR_FD_GetFieldCount(definition))
                .map(|index| {
                    let field = OGR_FD_GetFieldDefn(definition, index);
                    let boolean = OGR_Fld_GetSubType(field) == OGRFieldSubType::OFSTBoolean;
                    let kind = match OGR_Fld_GetType(field) {
                        OGRFieldType::OFTInteger if boolean => FieldKind::Typed(ColumnType::Bool),
                        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => FieldKind::Typed(ColumnType::Int),
                        OGRFieldType::OFTReal => FieldKind::Typed(ColumnType::Float),
                        OGRFieldType::OFTDate => FieldKind::Typed(ColumnType::Date),
                        OGRFieldType::OFTDateTime => FieldKind::Typed(ColumnType::DateTime),
                        OGRFieldType::OFTBinary => FieldKind::Binary,
                        _ => FieldKind::Typed(ColumnType::Text),
                    };
                    (lent_bytes(OGR_Fld_GetNameRef(field)).to_vec(), kind)
                })
                .collect()
        }
    }

    /// What it says of its frame.
    pub(crate) fn frame(&self) -> Option<Frame> {
        // SAFETY: live with its dataset; the WKT is GDAL's to free, here after it was copied.
        unsafe {
            let reference = OGR_L_GetSpatialRef(self.handle);
            if reference.is_null() {
                return None;
            }
            let authority = lent_bytes(OSRGetAuthorityName(reference, ptr::null()));
            let code = std::str::from_utf8(lent_bytes(OSRGetAuthorityCode(reference, ptr::null()))).unwrap_or("").parse().ok();
            let mut text: *mut c_char = ptr::null_mut();
            let options = StringList::new(["FORMAT=WKT2_2018"]);
            OSRExportToWktEx(reference, &raw mut text, options.as_ptr());
            let wkt = String::from_utf8_lossy(lent_bytes(text)).into_owned();
            VSIFree(text.cast());
            let northing_first = OSREPSGTreatsAsLatLong(reference) != 0 || OSREPSGTreatsAsNorthingEasting(reference) != 0;
            let mut axes: c_int = 0;
            let mapping = OSRGetDataAxisToSRSAxisMapping(reference, &raw mut axes);
            let as_authority = axes >= 2 && !mapping.is_null() && *mapping == 1;
            let epsg = code.filter(|_| authority == b"EPSG");
            Some(Frame { epsg, wkt, authority_order: northing_first && as_authority })
        }
    }

    /// How many features the file says it has, where it says so without being read.
    pub(crate) fn stated_features(&self) -> Option<u64> {
        // SAFETY: live with its dataset; 0 asks not to count.
        u64::try_from(unsafe { OGR_L_GetFeatureCount(self.handle, 0) }).ok()
    }

    /// Keeps only features that an OGR SQL condition holds for.
    pub(crate) fn keep_where(&self, condition: &str) -> bool {
        let condition = c_string(condition);
        // SAFETY: live with its dataset; a C string that GDAL copies.
        unsafe { OGR_L_SetAttributeFilter(self.handle, condition.as_ptr()) == OGRErr::OGRERR_NONE }
    }

    /// Walks its features, in the file's order.
    pub(crate) fn features(&self) -> Features<'_> {
        // SAFETY: live with its dataset.
        unsafe { OGR_L_ResetReading(self.handle) };
        Features { dataset: self.dataset, layer: Some(self.handle) }
    }
}

impl Dataset {
    /// Walks the features of all layers as they come (OSM's drivers interleave them), each with its layer's position.
    pub(crate) fn interleaved(&self) -> Features<'_> {
        // SAFETY: open.
        unsafe { GDALDatasetResetReading(self.0) };
        Features { dataset: self, layer: None }
    }
}

/// A walk over features.
pub(crate) struct Features<'a> {
    dataset: &'a Dataset,
    layer: Option<OGRLayerH>,
}

impl<'a> Features<'a> {
    /// The next feature and, in an interleaved walk, its layer's name.
    pub(crate) fn next(&mut self) -> Option<(Feature<'a>, String)> {
        // SAFETY: the dataset is open; the feature returned is owned by `Feature`.
        unsafe {
            if let Some(layer) = self.layer {
                let handle = OGR_L_GetNextFeature(layer);
                return (!handle.is_null()).then(|| (Feature { handle, _dataset: PhantomData }, String::new()));
            }
            let mut layer: OGRLayerH = ptr::null_mut();
            let handle = GDALDatasetGetNextFeature(self.dataset.0, &raw mut layer, ptr::null_mut(), None, ptr::null_mut());
            if handle.is_null() {
                return None;
            }
            let name = String::from_utf8_lossy(lent_bytes(OGR_L_GetName(layer))).into_owned();
            Some((Feature { handle, _dataset: PhantomData }, name))
        }
    }
}

/// A feature that was read.
pub(crate) struct Feature<'a> {
    handle: OGRFeatureH,
    _dataset: PhantomData<&'a Dataset>,
}

impl Drop for Feature<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { OGR_F_Destroy(self.handle) };
    }
}

impl Feature<'_> {
    /// Its primary key.
    pub(crate) fn fid(&self) -> i64 {
        // SAFETY: live.
        unsafe { OGR_F_GetFID(self.handle) }
    }

    /// The first of its shapes that is not empty, else the last; null when it has none.
    fn shape(&self) -> OGRGeometryH {
        // SAFETY: live; positions are below the count; the feature lends its geometries for as long as it lives.
        unsafe {
            let shapes = (0..OGR_F_GetGeomFieldCount(self.handle)).map(|field| OGR_F_GetGeomFieldRef(self.handle, field));
            let mut last: OGRGeometryH = ptr::null_mut();
            for shape in shapes.filter(|shape| !shape.is_null()) {
                last = shape;
                if OGR_G_IsEmpty(shape) == 0 {
                    break;
                }
            }
            last
        }
    }

    /// Whether it has a shape with vertices.
    pub(crate) fn has_vertices(&self) -> bool {
        !self.shape().is_null() && !self.is_empty()
    }

    /// Whether it has a shape without a vertex.
    pub(crate) fn is_empty(&self) -> bool {
        let shape = self.shape();
        // SAFETY: not null, and lent by the live feature.
        !shape.is_null() && unsafe { OGR_G_IsEmpty(shape) } != 0
    }

    /// Appends its shape as ISO WKB; nothing when it has none. Says whether arcs in it became segments.
    pub(crate) fn append_wkb(&self, max_bytes: usize, out: &mut Vec<u8>) -> Result<bool, String> {
        // SAFETY: the feature lends its geometry for as long as it lives.
        unsafe { append_linear_wkb(self.shape(), max_bytes, out) }
    }

    /// The value of a field.
    pub(crate) fn value(&self, index: usize, kind: FieldKind) -> FieldText<'_> {
        let FieldKind::Typed(column_type) = kind else { return FieldText::Null };
        let Ok(index) = c_int::try_from(index) else { return FieldText::Null };
        // SAFETY: `index` is a position of `Layer::fields`; texts are lent until the feature is asked for another one,
        // which the borrow of `self` outlives only in the caller's single use.
        unsafe {
            if OGR_F_IsFieldSetAndNotNull(self.handle, index) == 0 {
                return FieldText::Null;
            }
            match column_type {
                ColumnType::Bool => FieldText::Bool(OGR_F_GetFieldAsInteger(self.handle, index) != 0),
                ColumnType::Int => FieldText::Int(OGR_F_GetFieldAsInteger64(self.handle, index)),
                ColumnType::Float => FieldText::Float(OGR_F_GetFieldAsDouble(self.handle, index)),
                ColumnType::Date | ColumnType::DateTime => self.time(index),
                _ => FieldText::Text(lent_bytes(OGR_F_GetFieldAsString(self.handle, index))),
            }
        }
    }

    /// # Safety
    /// `index` is a field of a date or time type.
    unsafe fn time(&self, index: c_int) -> FieldText<'_> {
        let [mut year, mut month, mut day, mut hour, mut minute, mut flag] = [0 as c_int; 6];
        let mut second = 0f32;
        // SAFETY: the feature is live and the pointers are to locals.
        let read = unsafe {
            OGR_F_GetFieldAsDateTimeEx(
                self.handle,
                index,
                &raw mut year,
                &raw mut month,
                &raw mut day,
                &raw mut hour,
                &raw mut minute,
                &raw mut second,
                &raw mut flag,
            )
        };
        if read == 0 {
            return FieldText::Null;
        }
        let part = |number: c_int| u32::try_from(number).unwrap_or(0);
        let millis = (f64::from(second.max(0.0)) * 1000.0).round() as u32;
        // 0 unknown, 1 local, 100 UTC, and quarter hours from there (OGRField documentation).
        let offset = (flag > 1).then(|| i64::from(flag - 100) * 15);
        FieldText::Time([part(year), part(month), part(day)], [part(hour), part(minute), millis / 1000], millis % 1000, offset)
    }
}

/// The files inside an archive, as GDAL's virtual paths.
pub(crate) fn list_archive(path: &str) -> Vec<String> {
    let folder = format!("/vsizip/{path}");
    let c_folder = c_string(&folder);
    let mut files = Vec::new();
    // SAFETY: the list is null-terminated, read to its end and freed by GDAL's own function.
    unsafe {
        let list = VSIReadDirRecursive(c_folder.as_ptr());
        let mut at = list;
        while !at.is_null() && !(*at).is_null() {
            files.push(format!("{folder}/{}", String::from_utf8_lossy(lent_bytes(*at))));
            at = at.add(1);
        }
        CSLDestroy(list);
    }
    files.sort();
    files
}

/// Copies a file out of an archive; false when it can't be read or written.
pub(crate) fn copy_from_archive(from: &str, to: &str) -> bool {
    let (from, to) = (c_string(from), c_string(to));
    // SAFETY: two C strings.
    unsafe { CPLCopyFile(to.as_ptr(), from.as_ptr()) == 0 }
}
