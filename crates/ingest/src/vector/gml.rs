//! GML features whose shape GDAL can't read: it skips them, and says so.

use super::keep;
use crate::{intake::Intake, ogr::Messages};
use std::io;

/// The option by which GDAL skips such a feature with a warning instead of ending the file there.
pub(super) const GOES_ON: (&str, &str) = ("GML_SKIP_CORRUPTED_FEATURES", "YES");

/// Refuses the features that GDAL skipped on its way to the next one, each by its number and id, and answers their fids.
/// Keeps the failures heard on that way. The words about skipped features go, out of these and out of the opening's.
pub(super) fn refuse_skipped(
    messages: &Messages,
    of_opening: &mut Vec<String>,
    failures: &mut Vec<String>,
    intake: &mut Intake,
) -> io::Result<Vec<i64>> {
    let mut heard = messages.take_failures();
    let Some(skipped) = messages.take_warnings_of(is_skip) else {
        heard.push("too many features in a row have shapes that can't be read".into());
        keep(failures, heard);
        return Ok(Vec::new());
    };
    for warning in &skipped {
        intake.begin();
        intake.refuse(warning.strip_suffix(SKIPPING).unwrap_or(warning).to_owned());
        intake.end()?;
    }
    if !skipped.is_empty() {
        // The parser says of a skipped feature, and said when the file was opened, what its warning repeats. What ends a
        // file is said by the reader of XML.
        for words in [&mut heard, of_opening] {
            words.retain(|failure| failure.starts_with("XML"));
        }
    }
    keep(failures, heard);
    Ok(skipped.iter().filter_map(|warning| fid(warning)).collect())
}

/// How the warning about a skipped feature ends.
const SKIPPING: &str = " Skipping to next feature.";

/// And how it begins, before the feature's fid.
const OF_FEATURE: &str = "Geometry of feature ";

fn is_skip(warning: &str) -> bool {
    warning.starts_with(OF_FEATURE) && warning.ends_with(SKIPPING)
}

fn fid(warning: &str) -> Option<i64> {
    warning.strip_prefix(OF_FEATURE)?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests;
