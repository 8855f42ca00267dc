//! The text form of PostgreSQL's hstore, in which GDAL writes the tags that have no column of their own.

/// The pairs of `"key"=>"value","key"=>"value"`; a backslash guards a quote or a backslash. None when a text is of
/// another form, so that a column that only shares the name is left alone.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    loop {
        let (key, after_key) = quoted(rest)?;
        let (value, after) = quoted(after_key.trim_start().strip_prefix("=>")?.trim_start())?;
        pairs.push((key, value));
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return rest.is_empty().then_some(pairs),
        }
    }
}

/// A quoted text at the beginning, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut out = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((out, &inside[at + 1..])),
            '\\' => out.push(characters.next()?.1),
            other => out.push(other),
        }
    }
    None
}
