//! The headers of a table as names that differ, so that no column takes another's place.

use std::collections::{HashMap, HashSet};

/// The most renamed columns that the note names.
const MAX_NAMED: usize = 20;

/// Gives a column without a header the name `column_N` by its place, and one with another's header that and a number.
/// The note says which.
pub(crate) fn distinct(headers: Vec<String>) -> (Vec<String>, Option<String>) {
    let mut taken: HashSet<String> = headers.iter().filter(|header| !header.is_empty()).cloned().collect();
    let mut uses: HashMap<String, u64> = HashMap::new();
    let mut renamed = Vec::new();
    let names: Vec<String> = headers
        .into_iter()
        .enumerate()
        .map(|(index, header)| {
            let uses = uses.entry(header.clone()).or_insert(0);
            *uses += 1;
            if !header.is_empty() && *uses == 1 {
                return header;
            }
            let base = if header.is_empty() { format!("column_{}", index + 1) } else { header.clone() };
            let number = if header.is_empty() { &mut 1 } else { uses };
            let mut name = if *number == 1 { base.clone() } else { format!("{base}_{number}") };
            while !taken.insert(name.clone()) {
                *number += 1;
                name = format!("{base}_{number}");
            }
            renamed.push(format!("column {} with the header {header:?} is {name:?}", index + 1));
            name
        })
        .collect();
    let more = renamed.len().saturating_sub(MAX_NAMED);
    renamed.truncate(MAX_NAMED);
    let note = (!renamed.is_empty()).then(|| {
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        format!("columns without a header or with that of another were renamed: {}{more}", renamed.join(", "))
    });
    (names, note)
}

#[cfg(test)]
mod tests;
