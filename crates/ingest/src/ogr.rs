//! GDAL's vector part, behind safe types. The only place that calls it.
//!
//! The `gdal` crate was left out of the hot loop's way: per value it allocates and per geometry it clones, and it has
//! no scoped error capture. What is needed of GDAL is small and here: open, walk, hand out values and WKB.
//!
//! GDAL speaks through error handlers. [`Messages`] installs one for the calling thread and collects the words, so that
//! nothing reaches stderr and a report can quote them.
#![expect(unsafe_code, reason = "GDAL is a C library; every call into it is in this room")]

mod dataset;
mod geometry;
mod messages;

pub(crate) use dataset::{Dataset, Feature, Features, FieldKind, FieldText, Frame, Layer, copy_from_archive, list_archive};
pub(crate) use geometry::{linear_wkb_from_wkt, made_valid, note_of_arcs, why_invalid};
#[cfg(test)]
pub(crate) use messages::say;
pub(crate) use messages::{MAX_FAILURES, Messages};

use std::ffi::{CStr, CString, c_char};

/// A C string of a text; NUL bytes, which no name or WKT may have, are left out.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).unwrap_or_default()
}

/// The bytes of a C string that GDAL lends; empty for null.
///
/// # Safety
/// `text` is null or a C string that lives as long as the result is used.
unsafe fn lent_bytes<'a>(text: *const c_char) -> &'a [u8] {
    if text.is_null() {
        return &[];
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { CStr::from_ptr(text) }.to_bytes()
}

/// A null-terminated list of C strings, as GDAL's options are.
struct StringList {
    _texts: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl StringList {
    fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let texts: Vec<CString> = texts.into_iter().map(c_string).collect();
        let pointers = texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect();
        Self { _texts: texts, pointers }
    }

    fn as_ptr(&self) -> *const *const c_char {
        self.pointers.as_ptr()
    }
}

#[cfg(test)]
mod tests;
