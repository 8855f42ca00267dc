//! Words of a source in words of ours.

use super::number::{mask, text_is_personal};
use std::borrow::Cow;

/// Digits of a whole number from which a text is not quoted: a mobile number's, and an identity number's with any mistake.
const HIDDEN_DIGITS: usize = 11;

/// The most characters of a source's text that are quoted: enough to find it again.
const MAX_QUOTED_CHARS: usize = 40;

/// A text of the source, to be quoted where urbis says what is wrong with it: short, in quotation marks, and not at all
/// where it may hold a personal number, because a name may stand beside that.
pub(crate) fn quoted(text: &str) -> String {
    match shortened(text) {
        Some(short) => format!("{short:?}"),
        None => format!("a text with a number of {HIDDEN_DIGITS} and more digits (not shown)"),
    }
}

/// The same without quotation marks, for a part of a name: `***` where it is not shown.
pub(crate) fn named(text: &str) -> String {
    shortened(text).map_or_else(|| "***".to_owned(), Cow::into_owned)
}

/// Headers, to be listed where urbis says what is wrong with a table. None of them where one is a personal number: they
/// are the cells of a first row then, and the others may be the person's name and address.
pub(crate) fn listed<'a>(headers: impl IntoIterator<Item = &'a str> + Clone) -> Vec<String> {
    if headers.clone().into_iter().any(text_is_personal) {
        return vec!["not shown, since one is an identity or mobile number; give the table a header line".to_owned()];
    }
    headers.into_iter().map(named).collect()
}

/// A text with at most so many characters; none where it may hold a personal number.
fn shortened(text: &str) -> Option<Cow<'_, str>> {
    if text_is_personal(text) || has_long_number(text) {
        return None;
    }
    Some(match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    })
}

/// Whether there are so many digits together, but for decimals.
fn has_long_number(text: &str) -> bool {
    let (mut run, mut is_decimals) = (0, false);
    text.chars().any(|letter| {
        if !letter.is_numeric() {
            (run, is_decimals) = (0, letter == '.');
        }
        run += usize::from(letter.is_numeric());
        run >= HIDDEN_DIGITS && !is_decimals
    })
}

/// A text that goes into a report or a layer's metadata, without personal numbers: the last door, for what another
/// program quotes too.
pub(crate) fn scrubbed(text: String) -> String {
    match mask(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => masked,
    }
}
