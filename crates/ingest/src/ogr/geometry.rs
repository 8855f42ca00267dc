//! What is asked of GEOS, through GDAL: is it valid, and how would it be.

use super::{Messages, StringList, c_string, lent_bytes};
use crate::privacy;
use gdal_sys::{
    OGR_G_CreateFromWkb, OGR_G_CreateFromWkt, OGR_G_DestroyGeometry, OGR_G_ExportToIsoWkb, OGR_G_GetLinearGeometry,
    OGR_G_HasCurveGeometry, OGR_G_IsValid, OGR_G_MakeValidEx, OGR_G_WkbSize, OGRErr, OGRGeometryH, OGRwkbByteOrder,
};
use std::ptr;

/// A geometry that this process owns.
struct Owned(OGRGeometryH);

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: owned, and freed once.
        unsafe { OGR_G_DestroyGeometry(self.0) };
    }
}

impl Owned {
    fn from_wkb(wkb: &[u8]) -> Option<Self> {
        let mut geometry: OGRGeometryH = ptr::null_mut();
        let length = i32::try_from(wkb.len()).ok()?;
        // SAFETY: the length is the buffer's, so GDAL reads no further; the result is owned here.
        let outcome = unsafe { OGR_G_CreateFromWkb(wkb.as_ptr().cast(), ptr::null_mut(), &raw mut geometry, length) };
        (outcome == OGRErr::OGRERR_NONE && !geometry.is_null()).then(|| Self(geometry))
    }
}

/// What to say of features whose arcs became segments.
pub(crate) fn note_of_arcs(features: u64) -> Option<String> {
    (features > 0).then(|| format!("{features} features have arcs, which became segments of at most 4° each"))
}

/// Appends a geometry as ISO WKB, curves as chords of at most 4° (GDAL's default step). Says whether there were any.
///
/// # Safety
/// `geometry` is null or a live geometry.
pub(super) unsafe fn append_linear_wkb(geometry: OGRGeometryH, max_bytes: usize, out: &mut Vec<u8>) -> Result<bool, String> {
    if geometry.is_null() {
        return Ok(false);
    }
    // SAFETY: `geometry` is live by contract; what GetLinearGeometry returns is owned here.
    unsafe {
        let straight;
        let mut geometry = geometry;
        let has_arcs = OGR_G_HasCurveGeometry(geometry, 0) != 0;
        if has_arcs {
            straight = Owned(OGR_G_GetLinearGeometry(geometry, 0.0, ptr::null_mut()));
            if straight.0.is_null() {
                return Err("its curves can't be made straight".into());
            }
            geometry = straight.0;
        }
        let size = usize::try_from(OGR_G_WkbSize(geometry)).map_err(|_| "its shape is over 2 GB".to_owned())?;
        if size > max_bytes {
            return Err(format!("its shape takes {} MB, at most {} MB are read", size >> 20, max_bytes >> 20));
        }
        let start = out.len();
        out.resize(start + size, 0);
        if OGR_G_ExportToIsoWkb(geometry, OGRwkbByteOrder::wkbNDR, out[start..].as_mut_ptr()) != OGRErr::OGRERR_NONE {
            out.truncate(start);
            return Err("its shape is of a kind that has no WKB".into());
        }
        Ok(has_arcs)
    }
}

/// Appends the ISO WKB of a WKT shape. Says whether arcs in it became segments.
pub(crate) fn linear_wkb_from_wkt(wkt: &str, max_bytes: usize, out: &mut Vec<u8>) -> Result<bool, String> {
    let messages = Messages::listen();
    let text = c_string(wkt);
    let mut at = text.as_ptr().cast_mut();
    let mut geometry: OGRGeometryH = ptr::null_mut();
    // SAFETY: GDAL moves `at` along the text and does not write to it; the result is owned here.
    let outcome = unsafe { OGR_G_CreateFromWkt(&raw mut at, ptr::null_mut(), &raw mut geometry) };
    if outcome != OGRErr::OGRERR_NONE || geometry.is_null() {
        let said = messages.take_failures().join("; ");
        return Err(format!("its WKT can't be read{}{said}", if said.is_empty() { "" } else { ": " }));
    }
    let owned = Owned(geometry);
    // SAFETY: GDAL left `at` within the text, or at its end.
    let rest = String::from_utf8_lossy(unsafe { lent_bytes(at) });
    if !rest.trim().is_empty() {
        return Err(format!("its WKT is followed by {}", privacy::quoted(rest.trim())));
    }
    // SAFETY: owned and live.
    unsafe { append_linear_wkb(owned.0, max_bytes, out) }
}

/// Why a shape is not valid, in GEOS's words; none when it is.
pub(crate) fn why_invalid(wkb: &[u8]) -> Option<String> {
    let messages = Messages::listen();
    let Some(geometry) = Owned::from_wkb(wkb) else { return Some("it can't be built".into()) };
    // SAFETY: owned and live.
    if unsafe { OGR_G_IsValid(geometry.0) } != 0 {
        return None;
    }
    let mut said = messages.take_warnings();
    said.extend(messages.take_failures());
    Some(if said.is_empty() { "it is not simple".into() } else { said.join("; ") })
}

/// The valid shape that GEOS's structure method makes of another, as ISO WKB; none when it makes nothing.
///
/// The structure method keeps exterior rings as areas and takes holes away, and does not keep collapsed parts: what
/// comes back has the area a reader of the rings expects, not the even-odd sum of its lines.
pub(crate) fn made_valid(wkb: &[u8]) -> Option<Vec<u8>> {
    let _messages = Messages::listen();
    let geometry = Owned::from_wkb(wkb)?;
    let options = StringList::new(["METHOD=STRUCTURE", "KEEP_COLLAPSED=NO"]);
    // SAFETY: owned and live; the options outlive the call; the result is owned here.
    let valid = unsafe { OGR_G_MakeValidEx(geometry.0, options.as_ptr().cast_mut().cast()) };
    if valid.is_null() {
        return None;
    }
    let valid = Owned(valid);
    let mut out = Vec::new();
    // SAFETY: owned and live.
    unsafe { append_linear_wkb(valid.0, usize::MAX, &mut out) }.ok()?;
    Some(out)
}
