//! PROJ, behind safe types: which datum a CRS has, and the best operation to longitude, latitude. The only place that
//! calls it.
//!
//! The functions are declared here by hand, after `proj.h` of PROJ 9.1: `proj-sys` builds PROJ from source or runs
//! bindgen, and the `proj` crate can't ask for operations without ballpark ones.
#![expect(unsafe_code, reason = "PROJ is a C library; every call into it is in this room")]

use std::{
    cell::{Cell, RefCell},
    ffi::{CStr, CString, c_char, c_double, c_int, c_void},
    ptr,
    rc::Rc,
};

/// EPSG's name of the CGCS2000 datum (EPSG:1043).
const CGCS2000_DATUM: &str = "China 2000";
/// EPSG's name of the WGS 84 ensemble (EPSG:6326).
const WGS84_ENSEMBLE: &str = "World Geodetic System 1984 ensemble";
const WGS84_DATUM: &str = "World Geodetic System 1984";

const PJ_FWD: c_int = 1;
const PJ_LOG_DEBUG: c_int = 2;
const PJ_TYPE_GEOGRAPHIC_2D_CRS: c_int = 12;
const PJ_TYPE_GEOGRAPHIC_3D_CRS: c_int = 13;
const PJ_TYPE_PROJECTED_CRS: c_int = 15;
const PJ_TYPE_COMPOUND_CRS: c_int = 16;
const PJ_TYPE_BOUND_CRS: c_int = 19;

#[link(name = "proj")]
unsafe extern "C" {
    fn proj_context_create() -> *mut c_void;
    fn proj_context_destroy(context: *mut c_void) -> *mut c_void;
    fn proj_context_set_enable_network(context: *mut c_void, enabled: c_int) -> c_int;
    fn proj_context_errno(context: *mut c_void) -> c_int;
    fn proj_context_errno_string(context: *mut c_void, number: c_int) -> *const c_char;
    fn proj_log_level(context: *mut c_void, level: c_int) -> c_int;
    fn proj_log_func(context: *mut c_void, data: *mut c_void, log: unsafe extern "C" fn(*mut c_void, c_int, *const c_char));
    fn proj_create(context: *mut c_void, definition: *const c_char) -> *mut c_void;
    fn proj_destroy(object: *mut c_void) -> *mut c_void;
    fn proj_get_type(object: *const c_void) -> c_int;
    fn proj_get_name(object: *const c_void) -> *const c_char;
    fn proj_crs_get_sub_crs(context: *mut c_void, crs: *const c_void, index: c_int) -> *mut c_void;
    fn proj_crs_demote_to_2D(context: *mut c_void, name: *const c_char, crs: *const c_void) -> *mut c_void;
    fn proj_get_source_crs(context: *mut c_void, object: *const c_void) -> *mut c_void;
    fn proj_crs_get_geodetic_crs(context: *mut c_void, crs: *const c_void) -> *mut c_void;
    fn proj_crs_get_datum_forced(context: *mut c_void, crs: *const c_void) -> *mut c_void;
    fn proj_crs_get_coordoperation(context: *mut c_void, crs: *const c_void) -> *mut c_void;
    fn proj_coordoperation_get_param_index(context: *mut c_void, operation: *const c_void, name: *const c_char) -> c_int;
    fn proj_coordoperation_get_param(
        context: *mut c_void,
        operation: *const c_void,
        index: c_int,
        name: *mut *const c_char,
        auth_name: *mut *const c_char,
        code: *mut *const c_char,
        value: *mut c_double,
        value_text: *mut *const c_char,
        unit_to_si: *mut c_double,
        unit_name: *mut *const c_char,
        unit_auth_name: *mut *const c_char,
        unit_code: *mut *const c_char,
        unit_category: *mut *const c_char,
    ) -> c_int;
    fn proj_get_area_of_use(
        context: *mut c_void,
        object: *const c_void,
        west: *mut c_double,
        south: *mut c_double,
        east: *mut c_double,
        north: *mut c_double,
        name: *mut *const c_char,
    ) -> c_int;
    fn proj_create_crs_to_crs_from_pj(
        context: *mut c_void,
        source: *const c_void,
        target: *const c_void,
        area: *mut c_void,
        options: *const *const c_char,
    ) -> *mut c_void;
    fn proj_normalize_for_visualization(context: *mut c_void, object: *const c_void) -> *mut c_void;
    fn proj_trans_generic(
        object: *mut c_void,
        direction: c_int,
        x: *mut c_double,
        x_stride: usize,
        x_count: usize,
        y: *mut c_double,
        y_stride: usize,
        y_count: usize,
        z: *mut c_double,
        z_stride: usize,
        z_count: usize,
        t: *mut c_double,
        t_stride: usize,
        t_count: usize,
    ) -> usize;
    fn proj_trans_get_last_used_operation(object: *mut c_void) -> *mut c_void;
    fn proj_coordoperation_get_accuracy(context: *mut c_void, operation: *const c_void) -> c_double;
}

/// What PROJ says when it goes over from one operation to another. It has no cheaper way to tell: asking which operation
/// was used last copies it.
const CHANGED: &str = "Using coordinate operation ";

/// What a context's log told of operations.
#[derive(Default)]
struct OperationLog {
    /// Names of operations that were used.
    names: RefCell<Vec<String>>,
    /// Whether one was used for the first time.
    has_new: Cell<bool>,
}

/// Takes a message of PROJ's log.
///
/// # Safety
/// `data` is a live [`OperationLog`], lent to no one, and `message` null or a live C string.
unsafe extern "C" fn take_message(data: *mut c_void, _level: c_int, message: *const c_char) {
    // SAFETY: the caller vouches for both.
    let (log, message) = unsafe { (&*data.cast::<OperationLog>(), text(message)) };
    if let Some(name) = message.strip_prefix(CHANGED) {
        let mut names = log.names.borrow_mut();
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
            log.has_new.set(true);
        }
    }
}

/// A PROJ context with the objects made in it, used by one thread at a time; and its log, which must not move.
struct Context(*mut c_void, Rc<OperationLog>);

impl Context {
    fn new() -> Self {
        // SAFETY: a new context, owned here. No network: an import gives the same answer on every machine with the same
        // PROJ data. The log goes to its taker, which lives as long as the context, and is never printed.
        unsafe {
            let context = proj_context_create();
            proj_context_set_enable_network(context, 0);
            let log = Rc::<OperationLog>::default();
            proj_log_func(context, Rc::as_ptr(&log).cast_mut().cast(), take_message);
            proj_log_level(context, PJ_LOG_DEBUG);
            Self(context, log)
        }
    }

    fn last_words(&self) -> String {
        // SAFETY: the context is live; the text is its own and copied at once.
        unsafe {
            match proj_context_errno(self.0) {
                0 => "PROJ does not know it".to_owned(),
                number => text(proj_context_errno_string(self.0, number)),
            }
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once, after the objects made in it (fields drop in order).
        unsafe { proj_context_destroy(self.0) };
    }
}

/// A PROJ object; null never gets in.
struct Object(*mut c_void);

impl Object {
    fn new(object: *mut c_void) -> Option<Self> {
        (!object.is_null()).then_some(Self(object))
    }

    fn name(&self) -> String {
        // SAFETY: live; the text is the object's own and copied at once.
        unsafe { text(proj_get_name(self.0)) }
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: owned, and destroyed once.
        unsafe { proj_destroy(self.0) };
    }
}

/// # Safety
/// `pointer` is null or a live C string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: not null, and the caller vouches for the rest.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// What there is to know of a CRS.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CrsFacts {
    /// Its name.
    pub(crate) name: String,
    /// Whether its datum is CGCS2000.
    pub(crate) is_cgcs2000: bool,
    /// Whether its datum is WGS 84.
    pub(crate) is_wgs84: bool,
    /// Whether its coordinates are angles.
    pub(crate) is_geographic: bool,
    /// Whether they are lengths on a map projection.
    pub(crate) is_projected: bool,
    /// West, south, east, north in degrees.
    pub(crate) area_of_use_deg: Option<[f64; 4]>,
    /// Longitude of its projection's origin.
    pub(crate) central_meridian_deg: Option<f64>,
}

/// An operation that was used.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    /// PROJ's name of it.
    pub(crate) name: String,
    /// Its accuracy by the registry, metres; none where not stated.
    pub(crate) accuracy_m: Option<f64>,
}

/// A source CRS and the way from it.
pub(crate) struct Transformation {
    operation: Option<Object>,
    facts: CrsFacts,
    /// Operations that coordinates took so far.
    used: Vec<Operation>,
    /// The coordinates at hand as they were given.
    given: Vec<[f64; 2]>,
    context: Context,
}

// SAFETY: a PROJ context and its objects may move between threads as long as one uses them at a time; nothing here is
// shared (`Transformation` is not Sync).
unsafe impl Send for Transformation {}

/// Why there is no way.
#[derive(Debug)]
pub(crate) enum NoTransformation {
    /// PROJ does not know the CRS, or it is not horizontal.
    Unknown(String),
    /// Only ballpark operations, or none.
    NoOperation,
}

impl Transformation {
    /// From a CRS by its definition (`EPSG:n` or WKT) to longitude, latitude in degrees: of EPSG:4490 for a CRS on the
    /// CGCS2000 datum (so nothing but the projection is undone), else of EPSG:4326 without ballpark operations.
    pub(crate) fn from(definition: &str) -> Result<Self, NoTransformation> {
        let context = Context::new();
        let create = |definition: &str| {
            let definition = CString::new(definition).ok()?;
            // SAFETY: the context is live, the text a C string.
            Object::new(unsafe { proj_create(context.0, definition.as_ptr()) })
        };
        let crs = create(definition).ok_or_else(|| NoTransformation::Unknown(context.last_words()))?;
        let crs = horizontal(&context, crs).ok_or_else(|| NoTransformation::Unknown("it has no horizontal part".into()))?;
        let facts = facts(&context, &crs);
        if facts.is_geographic && (facts.is_wgs84 || facts.is_cgcs2000) {
            return Ok(Self { operation: None, facts, used: Vec::new(), given: Vec::new(), context });
        }
        let target = create(if facts.is_cgcs2000 { "EPSG:4490" } else { "EPSG:4326" }).ok_or(NoTransformation::NoOperation)?;
        let options = [c"ALLOW_BALLPARK=NO".as_ptr(), ptr::null()];
        // SAFETY: all objects are live and of this context; the options are null-terminated.
        let operation = unsafe {
            let operation =
                Object::new(proj_create_crs_to_crs_from_pj(context.0, crs.0, target.0, ptr::null_mut(), options.as_ptr()));
            let operation = operation.ok_or(NoTransformation::NoOperation)?;
            Object::new(proj_normalize_for_visualization(context.0, operation.0)).ok_or(NoTransformation::NoOperation)?
        };
        Ok(Self { operation: Some(operation), facts, used: Vec::new(), given: Vec::new(), context })
    }

    /// What there is to know of the source CRS.
    pub(crate) fn facts(&self) -> &CrsFacts {
        &self.facts
    }

    /// Turns easting, northing (or longitude, latitude) into longitude, latitude in degrees, in place. What can't be
    /// turned becomes infinite.
    pub(crate) fn apply(&mut self, coordinates: &mut [[f64; 2]]) {
        if self.operation.is_none() || coordinates.is_empty() {
            return;
        }
        self.given.clear();
        self.given.extend_from_slice(coordinates);
        let known = self.context.1.names.borrow().len();
        self.transform(coordinates);
        if self.context.1.has_new.take() {
            // Rare: of one shape only the last operation can be asked for, so its vertices go once more, one by one.
            self.context.1.names.borrow_mut().truncate(known);
            for position in std::mem::take(&mut self.given) {
                self.transform(&mut [position]);
                if self.context.1.has_new.take() {
                    self.keep_last_operation();
                }
            }
            self.keep_last_operation();
        } else if self.used.is_empty() {
            // PROJ says nothing where there is only one.
            self.keep_last_operation();
        }
    }

    fn transform(&self, coordinates: &mut [[f64; 2]]) {
        let Some(operation) = &self.operation else { return };
        let first: *mut f64 = coordinates.as_mut_ptr().cast();
        let stride = size_of::<[f64; 2]>();
        // SAFETY: x and y interleave in one buffer of `coordinates.len()` pairs; no z, no time.
        unsafe {
            let (none, count) = (ptr::null_mut(), coordinates.len());
            proj_trans_generic(operation.0, PJ_FWD, first, stride, count, first.add(1), stride, count, none, 0, 0, none, 0, 0);
        }
    }

    fn keep_last_operation(&mut self) {
        if let Some(operation) = self.last_operation().filter(|operation| !self.used.contains(operation)) {
            self.used.push(operation);
        }
    }

    /// The operations that coordinates took so far.
    pub(crate) fn used_operations(&self) -> &[Operation] {
        &self.used
    }

    /// The operation that the last coordinate took; none when none was needed.
    pub(crate) fn last_operation(&self) -> Option<Operation> {
        let operation = self.operation.as_ref()?;
        // SAFETY: live objects of this context.
        unsafe {
            let used = Object::new(proj_trans_get_last_used_operation(operation.0))?;
            let accuracy = proj_coordoperation_get_accuracy(self.context.0, used.0);
            Some(Operation { name: used.name(), accuracy_m: (accuracy >= 0.0).then_some(accuracy) })
        }
    }
}

/// The horizontal, two-dimensional part of a CRS; heights keep the layer's own vertical datum.
fn horizontal(context: &Context, crs: Object) -> Option<Object> {
    // SAFETY: live objects of this context.
    unsafe {
        match proj_get_type(crs.0) {
            PJ_TYPE_COMPOUND_CRS => horizontal(context, Object::new(proj_crs_get_sub_crs(context.0, crs.0, 0))?),
            PJ_TYPE_GEOGRAPHIC_3D_CRS => Object::new(proj_crs_demote_to_2D(context.0, ptr::null(), crs.0)),
            PJ_TYPE_GEOGRAPHIC_2D_CRS | PJ_TYPE_PROJECTED_CRS | PJ_TYPE_BOUND_CRS => Some(crs),
            _ => None,
        }
    }
}

fn facts(context: &Context, crs: &Object) -> CrsFacts {
    // SAFETY: live objects of this context; out pointers are to locals.
    unsafe {
        let base =
            if proj_get_type(crs.0) == PJ_TYPE_BOUND_CRS { Object::new(proj_get_source_crs(context.0, crs.0)) } else { None };
        let bound = base.is_some();
        let plain = base.as_ref().unwrap_or(crs);
        let geodetic = Object::new(proj_crs_get_geodetic_crs(context.0, plain.0));
        let datum =
            geodetic.and_then(|geodetic| Object::new(proj_crs_get_datum_forced(context.0, geodetic.0))).map(|datum| datum.name());
        let datum = datum.unwrap_or_default();
        let is_geographic = proj_get_type(plain.0) == PJ_TYPE_GEOGRAPHIC_2D_CRS;
        let mut area = [0.0f64; 4];
        let [west, south, east, north] = &mut area;
        let known = proj_get_area_of_use(context.0, crs.0, west, south, east, north, ptr::null_mut()) != 0;
        CrsFacts {
            name: plain.name(),
            // A bound CRS brings its own shift to WGS 84, so its datum alone does not say where it lies.
            is_cgcs2000: !bound && (datum == CGCS2000_DATUM || datum == "China_2000" || datum == "D_China_2000"),
            is_wgs84: !bound && (datum == WGS84_ENSEMBLE || datum == WGS84_DATUM),
            is_geographic: is_geographic && !bound,
            is_projected: proj_get_type(plain.0) == PJ_TYPE_PROJECTED_CRS,
            area_of_use_deg: (known && area[0] > -1000.0).then_some(area),
            central_meridian_deg: central_meridian_deg(context, plain),
        }
    }
}

/// # Safety
/// Both are live and of one another.
unsafe fn central_meridian_deg(context: &Context, crs: &Object) -> Option<f64> {
    // SAFETY: live objects of this context; out pointers are to locals or null, as `proj.h` allows.
    unsafe {
        if proj_get_type(crs.0) != PJ_TYPE_PROJECTED_CRS {
            return None;
        }
        let operation = Object::new(proj_crs_get_coordoperation(context.0, crs.0))?;
        let index = proj_coordoperation_get_param_index(context.0, operation.0, c"Longitude of natural origin".as_ptr());
        if index < 0 {
            return None;
        }
        let (mut value, mut unit_to_rad) = (0.0, 0.0);
        let none: *mut *const c_char = ptr::null_mut();
        let read = proj_coordoperation_get_param(
            context.0,
            operation.0,
            index,
            none,
            none,
            none,
            &raw mut value,
            none,
            &raw mut unit_to_rad,
            none,
            none,
            none,
            none,
        );
        (read != 0).then(|| (value * unit_to_rad).to_degrees())
    }
}

#[cfg(test)]
mod tests;
