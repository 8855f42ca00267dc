//! Words of a source in words of ours.

use super::number::{mask, text_is_personal};

/// Digits of a whole number from which a text is not quoted: a mobile number's, and an identity number's with any mistake.
const HIDDEN_DIGITS: usize = 11;

/// The most characters of a source's text that are quoted: enough to find it again.
const MAX_QUOTED_CHARS: usize = 40;

/// A text of the source, to be quoted where urbis says what is wrong with it: short, in quotation marks, and not at all
/// where it may hold a personal number, because a name may stand beside that.
pub(crate) fn quoted(text: &str) -> String {
    if text_is_personal(text) || has_long_number(text) {
        return format!("a text with a number of {HIDDEN_DIGITS} and more digits (not shown)");
    }
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
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
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(masked) => masked,
    }
}
