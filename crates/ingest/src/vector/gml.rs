//! GML features whose shape GDAL can't read: it skips them, and says so.

use super::keep;
use crate::{intake::Intake, ogr::Messages};
use std::io;

/// The option by which GDAL skips such a feature with a warning instead of ending the file there.
pub(super) const GOES_ON: (&str, &str) = ("GML_SKIP_CORRUPTED_FEATURES", "YES");

/// Refuses the features that GDAL skipped on its way to the next one, each by its number and id, and takes the words
/// about them out of the failures so far. Answers whether there were any.
pub(super) fn refuse_skipped(messages: &Messages, failures: &mut Vec<String>, intake: &mut Intake) -> io::Result<bool> {
    let Some(skipped) = messages.take_warnings_of(is_skip) else {
        keep(failures, vec!["too many features in a row have shapes that can't be read".into()]);
        return Ok(true);
    };
    for warning in &skipped {
        intake.begin();
        intake.refuse(warning.strip_suffix(SKIPPING).unwrap_or(warning).to_owned());
        intake.end()?;
    }
    keep(failures, messages.take_failures());
    if !skipped.is_empty() {
        // The parser says of a skipped feature, and said when the file was opened, what its warning repeats. What ends a
        // file is said by the reader of XML.
        failures.retain(|failure| failure.starts_with("XML"));
    }
    Ok(!skipped.is_empty())
}

/// How the warning about a skipped feature ends.
const SKIPPING: &str = " Skipping to next feature.";

fn is_skip(warning: &str) -> bool {
    warning.starts_with("Geometry of feature ") && warning.ends_with(SKIPPING)
}
