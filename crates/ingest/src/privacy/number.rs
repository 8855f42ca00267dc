//! Identity numbers (GB 11643-1999) and Chinese mobile numbers inside values.

use std::borrow::Cow;

/// What stands where a number stood.
const MASK: &str = "***";

/// Provinces of the division code's first two digits (GB/T 2260).
const PROVINCES: [u8; 35] = [
    11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65,
    71, 81, 82, 83,
];
/// Weights of the check character (ISO 7064:1983, MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Whether the text holds an identity or a mobile number.
pub(crate) fn text_is_personal(text: &str) -> bool {
    text.len() >= 11 && numbers(text.as_bytes()).next().is_some()
}

/// Whether the integer is an identity or a mobile number.
pub(crate) fn int_is_personal(number: i64) -> bool {
    (13_000_000_000..=19_999_999_999).contains(&number)
        || (110_000_000_000_000_000..=839_999_999_999_999_999).contains(&number) && is_identity(number.to_string().as_bytes())
}

/// The text with every identity and mobile number replaced by `***`.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = String::new();
    let mut kept_to = 0;
    for (start, end) in numbers(text.as_bytes()) {
        masked.push_str(&text[kept_to..start]);
        masked.push_str(MASK);
        kept_to = end;
    }
    if kept_to == 0 {
        return Cow::Borrowed(text);
    }
    masked.push_str(&text[kept_to..]);
    Cow::Owned(masked)
}

/// Where personal numbers stand. A run of digits may be grouped by single spaces and hyphens; it counts only whole,
/// and not as the decimals of a number, so that codes of other lengths and coordinates stay.
fn numbers(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            if !text[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let start = at;
            let decimals = start > 0 && text[start - 1] == b'.';
            // 1. The plain run of digits, with a final X.
            let mut end = start;
            while end < text.len() && text[end].is_ascii_digit() {
                end += 1;
            }
            let followed_by_decimals = text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit);
            at = end;
            if decimals || followed_by_decimals {
                continue;
            }
            if end - start == 17 && text.get(end).is_some_and(|c| c.eq_ignore_ascii_case(&b'x')) {
                end += 1;
            }
            if is_identity(&text[start..end]) || is_mobile(&text[start..end]) {
                at = end;
                return Some((start, end));
            }
            // 2. Groups of digits: +86 138-1234-5678.
            if let Some(end) = grouped_mobile(text, start) {
                at = end;
                return Some((start, end));
            }
        }
        None
    })
}

fn is_mobile(digits: &[u8]) -> bool {
    let digits = match digits.len() {
        13 => digits.strip_prefix(b"86"),
        15 => digits.strip_prefix(b"0086"),
        _ => Some(digits),
    };
    digits.is_some_and(|digits| digits.len() == 11 && digits[0] == b'1' && (b'3'..=b'9').contains(&digits[1]))
}

/// The end of a mobile number written `[86 ]3-4-4` from `start`.
fn grouped_mobile(text: &[u8], start: usize) -> Option<usize> {
    let mut digits = Vec::with_capacity(13);
    let mut groups = Vec::with_capacity(4);
    let mut at = start;
    let mut group = 0;
    while at < text.len() && digits.len() <= 13 {
        if text[at].is_ascii_digit() {
            digits.push(text[at]);
            group += 1;
            at += 1;
        } else if matches!(text[at], b' ' | b'-') && text.get(at + 1).is_some_and(u8::is_ascii_digit) {
            groups.push(group);
            group = 0;
            at += 1;
        } else {
            break;
        }
    }
    groups.push(group);
    let shape = groups.strip_prefix(&[2]).unwrap_or(&groups);
    (matches!(shape, [3, 4, 4] | [11]) && is_mobile(&digits)).then_some(at)
}

fn is_identity(text: &[u8]) -> bool {
    let Some((digits, [check])) = text.split_at_checked(17) else { return false };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number =
        |range: std::ops::Range<usize>| digits[range].iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let (year, month, day) = (number(6..10), number(10..12), number(12..14));
    if !PROVINCES.contains(&(number(0..2) as u8)) || !(1850..=2100).contains(&year) || !is_day(year, month, day) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == check.to_ascii_uppercase()
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}
