//! Column names that a store can have.

use std::collections::HashSet;
use urbis_model::column::MAX_COLUMN_NAME_BYTES;

/// How the store's own columns begin.
const RESERVED: &str = "urbis_";
/// And those of them that are named otherwise.
const RESERVED_NAMES: [&str; 2] = ["fid", "geom"];

/// Names given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<String>,
}

impl Names {
    /// A header as a name: without control characters and outer spaces, of bounded length, unique without regard to
    /// ASCII case (SQL knows none); a repeated one gets a number, and one that the store keeps for itself the
    /// beginning `source_`.
    pub(super) fn unique(&mut self, header: &str) -> String {
        let clean: String = header.chars().filter(|c| !c.is_control()).collect();
        let mut clean = clean.trim();
        let renamed;
        if clean.get(..RESERVED.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(RESERVED))
            || RESERVED_NAMES.iter().any(|name| clean.eq_ignore_ascii_case(name))
        {
            renamed = format!("source_{clean}");
            clean = &renamed;
        }
        if clean.is_empty() {
            clean = "column";
        }
        let mut number = 1u32;
        loop {
            let suffix = if number == 1 { String::new() } else { format!("_{number}") };
            let mut end = clean.len().min(MAX_COLUMN_NAME_BYTES - suffix.len());
            while !clean.is_char_boundary(end) {
                end -= 1;
            }
            let name = format!("{}{suffix}", &clean[..end]);
            if self.given.insert(name.to_ascii_lowercase()) {
                return name;
            }
            number += 1;
        }
    }
}
