//! GDAL's words, collected.

use gdal_sys::{CPLErr, CPLErrorNum, CPLGetErrorHandlerUserData, CPLPopErrorHandler, CPLPushErrorHandlerEx};
use std::{
    cell::RefCell,
    ffi::{c_char, c_void},
    marker::PhantomData,
};

/// The most failures kept: a file with a million bad features says the same a million times.
pub(crate) const MAX_FAILURES: usize = 64;
/// The most warnings kept, more because each feature that is skipped has its own.
const MAX_WARNINGS: usize = 4096;
/// The most warnings that are told.
const MAX_TOLD: usize = 64;

#[derive(Default)]
struct Collected {
    failures: Vec<String>,
    warnings: Vec<String>,
    /// Whether there were more warnings than are kept.
    lost_warnings: bool,
}

/// Collects what GDAL says on this thread while it lives. They nest; the innermost hears.
pub(crate) struct Messages {
    collected: Box<RefCell<Collected>>,
    /// The handler belongs to the thread that installed it.
    _this_thread: PhantomData<*const ()>,
}

impl Messages {
    /// Starts to listen.
    pub(crate) fn listen() -> Self {
        let collected = Box::new(RefCell::new(Collected::default()));
        let data: *const RefCell<Collected> = &raw const *collected;
        // SAFETY: the handler and its data are taken off again on drop, before the box is freed.
        unsafe { CPLPushErrorHandlerEx(Some(on_message), data.cast_mut().cast::<c_void>()) };
        Self { collected, _this_thread: PhantomData }
    }

    /// Takes the failures heard so far, each once, in order.
    pub(crate) fn take_failures(&self) -> Vec<String> {
        std::mem::take(&mut self.collected.borrow_mut().failures)
    }

    /// Takes the warnings heard so far, each once, in order, as many as are told.
    pub(crate) fn take_warnings(&self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.collected.borrow_mut().warnings);
        warnings.truncate(MAX_TOLD);
        warnings
    }

    /// Takes some of the warnings, all of them; the others stay. None when there were more than are kept.
    pub(crate) fn take_warnings_of(&self, is_wanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let mut collected = self.collected.borrow_mut();
        if collected.lost_warnings {
            return None;
        }
        Some(collected.warnings.extract_if(.., |warning| is_wanted(warning)).collect())
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        // SAFETY: pushed by `listen` on this thread; `Messages` values nest like the scopes that hold them.
        unsafe { CPLPopErrorHandler() };
    }
}

unsafe extern "C" fn on_message(class: CPLErr::Type, _number: CPLErrorNum, message: *const c_char) {
    // SAFETY: GDAL passes a C string, and the data given to CPLPushErrorHandlerEx, which outlives the handler.
    let (text, collected) = unsafe {
        let data = CPLGetErrorHandlerUserData().cast::<RefCell<Collected>>();
        (String::from_utf8_lossy(super::lent_bytes(message)).trim().to_owned(), data.as_ref())
    };
    let Some(Ok(mut collected)) = collected.map(RefCell::try_borrow_mut) else { return };
    let collected = &mut *collected;
    let (list, most) = match class {
        CPLErr::CE_Failure | CPLErr::CE_Fatal => (&mut collected.failures, MAX_FAILURES),
        CPLErr::CE_Warning => (&mut collected.warnings, MAX_WARNINGS),
        _ => return,
    };
    if list.contains(&text) {
        return;
    }
    if list.len() < most {
        list.push(text);
    } else {
        collected.lost_warnings |= class == CPLErr::CE_Warning;
    }
}

/// Says something as GDAL would.
#[cfg(test)]
pub(crate) fn say(class: CPLErr::Type, text: &str) {
    let text = super::c_string(text);
    // SAFETY: two C strings, the format with the one argument that it wants.
    unsafe { gdal_sys::CPLError(class, 1, c"%s".as_ptr(), text.as_ptr()) };
}
