//! What holds for every import, whatever the file.

use serde_json::Value;

use crate::Outcome;

/// The most memory an import may take.
const PEAK_LIMIT_KIB: u64 = 500 * 1024;

/// read = imported + repaired + quarantined + refused, and a row for each that is not plainly imported.
///
/// # Panics
/// If it does not add up.
#[track_caller]
pub fn adds_up(report: &Value) {
    let count = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("the report has no {key}: {report}"));
    let parts = count("imported") + count("repaired") + count("quarantined") + count("refused");
    assert_eq!(count("read"), parts, "{report}");
    let rows = report["rows"].as_array().expect("rows is a list");
    assert_eq!(rows.len() as u64, parts - count("imported"), "a row for each that is not plainly imported");
    for row in rows {
        let reason = row["reason"].as_str().unwrap_or_default();
        assert!(row["row"].is_u64() && !reason.is_empty() && row["outcome"].is_string(), "{row}");
    }
}

/// What is wrong with the way an import ended, if anything: crashed, hung, silent, or too much memory.
#[must_use]
pub fn misbehaviour(outcome: &Outcome) -> Option<String> {
    let complaint = if !matches!(outcome.code, Some(0 | 1 | 3)) {
        format!("exit {:?}", outcome.code)
    } else if outcome.stderr.contains("panicked at") {
        "a panic".to_owned()
    } else if outcome.code == Some(1) && outcome.stderr.trim().is_empty() {
        "failed without a word".to_owned()
    } else if outcome.peak_kib > PEAK_LIMIT_KIB {
        format!("{} MiB", outcome.peak_kib / 1024)
    } else {
        return None;
    };
    Some(format!("{complaint}: {}", outcome.stderr))
}

/// The import ended as an import may.
///
/// # Panics
/// If it did not.
#[track_caller]
pub fn behaved(outcome: &Outcome, what: &str) {
    assert_eq!(misbehaviour(outcome), None, "{what}");
}
