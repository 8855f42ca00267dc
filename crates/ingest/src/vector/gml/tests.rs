//! What is said of skipped features.

use super::*;
use crate::ogr::say;
use gdal_sys::CPLErr::{CE_Failure, CE_Warning};

#[test]
fn the_words_about_a_skipped_feature_are_taken_out_where_it_was_skipped() {
    let messages = Messages::listen();
    let mut intake = Intake::new(&std::env::temp_dir()).unwrap();
    let mut of_opening = vec!["Invalid surfaceMember.".to_owned(), "XML parsing: no element found".to_owned()];
    let mut failures = Vec::new();
    let mut step = |skipped: &[i64]| {
        for fid in skipped {
            say(CE_Failure, "Invalid surfaceMember.");
            say(CE_Warning, &format!("Geometry of feature {fid} B{fid} cannot be parsed: Invalid surfaceMember..{SKIPPING}"));
        }
        refuse_skipped(&messages, &mut of_opening, &mut failures, &mut intake).unwrap()
    };
    assert!(step(&[]).is_empty());
    say(CE_Failure, "a value can't be read");
    assert!(step(&[]).is_empty());
    assert_eq!(step(&[7, -1]), [7, -1]);
    assert_eq!(intake.rows(), 2);
    assert_eq!(failures, ["a value can't be read"]);
    assert_eq!(of_opening, ["XML parsing: no element found"]);
}
