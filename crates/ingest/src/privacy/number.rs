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
    // Most texts end here: with fewer than 11 digits (0xEF begins a full-width one) there is nothing to find.
    let digits = text.bytes().filter(|byte| byte.is_ascii_digit() || *byte == 0xEF).take(11).count();
    digits == 11 && numbers(text.as_bytes()).next().is_some() || is_scientific(text)
}

/// Whether the integer is an identity or a mobile number, the latter also behind the country code.
pub(crate) fn int_is_personal(number: i64) -> bool {
    (13_000_000_000..=19_999_999_999).contains(&number)
        || (8_613_000_000_000..=8_619_999_999_999).contains(&number)
        || int_is_identity(number)
}

/// Whether the integer is an identity number.
pub(crate) fn int_is_identity(number: i64) -> bool {
    (110_000_000_000_000_000..=839_999_999_999_999_999).contains(&number) && is_identity(number.to_string().as_bytes())
}

/// Whether the number is an identity or a mobile number that a table program made a decimal number of. An identity
/// number loses its last digits then, and with them the check character, so that place and birth date decide.
pub(crate) fn float_is_personal(number: f64) -> bool {
    if number.fract() != 0.0 || !(1e10..1e18).contains(&number) {
        return false;
    }
    let integer = number as i64;
    int_is_personal(integer) || integer >= 110_000_000_000_000_000 && is_place_and_birth(integer.to_string().as_bytes())
}

/// Whether the text is such a number with an exponent: `1.38E+10`.
fn is_scientific(text: &str) -> bool {
    text.len() <= 32 && text.contains(['e', 'E']) && text.trim().parse().is_ok_and(float_is_personal)
}

/// The text with every identity and mobile number replaced by `***`.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    if is_scientific(text) {
        return Cow::Borrowed(MASK);
    }
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

/// The most groups of digits that one number is written in.
const MAX_GROUPS: usize = 6;
/// The most digits of a number: an identity number's.
const MAX_DIGITS: usize = 18;

/// Digits that stand together, full-width ones folded.
#[derive(Clone, Copy)]
struct Group {
    digits: [u8; MAX_DIGITS],
    /// How many there are, also beyond those kept.
    length: usize,
    end: usize,
}

/// Digits of groups put together.
struct Joined {
    digits: [u8; MAX_DIGITS],
    length: usize,
    /// How many digits each group has.
    sizes: [usize; MAX_GROUPS],
    groups: usize,
    end: usize,
}

/// The ASCII character that stands at a byte, full-width and typographic ones folded, and how many bytes it takes with
/// those before it that have no width. What has none is 0.
fn symbol(text: &[u8], at: usize) -> (u8, usize) {
    let mut unseen = 0;
    // U+00AD soft hyphen, U+200B to U+200F zero-width spaces and marks, U+2060 word joiner, U+FEFF byte order mark.
    while let [0xC2, 0xAD, ..] | [0xE2, 0x80, 0x8B..=0x8F, ..] | [0xE2, 0x81, 0xA0, ..] | [0xEF, 0xBB, 0xBF, ..] =
        text.get(at + unseen..).unwrap_or_default()
    {
        unseen += if text[at + unseen] == 0xC2 { 2 } else { 3 };
    }
    let (symbol, bytes) = seen_symbol(text, at + unseen);
    (symbol, unseen + bytes)
}

fn seen_symbol(text: &[u8], at: usize) -> (u8, usize) {
    match text.get(at..).unwrap_or_default() {
        [byte, ..] if byte.is_ascii() => (*byte, 1),
        [0xEF, 0xBC, byte @ 0x90..=0x99, ..] => (byte - 0x90 + b'0', 3),
        [0xEF, 0xBC, 0x8D, ..] | [0xE2, 0x80, 0x90..=0x95, ..] => (b'-', 3),
        [0xEF, 0xBC, 0x8E, ..] => (b'.', 3),
        [0xEF, 0xBC, 0x89, ..] => (b')', 3),
        [0xEF, 0xBC, 0x8F, ..] => (b'/', 3),
        [0xEF, 0xBC, 0xBF, ..] => (b'_', 3),
        [0xEF, 0xBC, 0xB8, ..] | [0xEF, 0xBD, 0x98, ..] => (b'X', 3),
        [0xE3, 0x80, 0x80, ..] => (b' ', 3),
        [0xC2, 0xA0, ..] => (b' ', 2),
        _ => (0, 1),
    }
}

/// The group that begins at a byte.
fn group(text: &[u8], at: usize) -> Option<Group> {
    let mut group = Group { digits: [0; MAX_DIGITS], length: 0, end: at };
    loop {
        let (digit, bytes) = symbol(text, group.end);
        if !digit.is_ascii_digit() {
            return (group.length > 0).then_some(group);
        }
        if let Some(slot) = group.digits.get_mut(group.length) {
            *slot = digit;
        }
        group.length += 1;
        group.end += bytes;
    }
}

/// The group after one separator that `joins`.
fn next_group(text: &[u8], end: usize, joins: impl Fn(u8) -> bool) -> Option<Group> {
    let (separator, bytes) = symbol(text, end);
    if joins(separator) { group(text, end + bytes) } else { None }
}

impl Joined {
    fn new(first: Group) -> Self {
        let mut sizes = [0; MAX_GROUPS];
        sizes[0] = first.length;
        Self { digits: first.digits, length: first.length, sizes, groups: 1, end: first.end }
    }

    /// Adds a group; false when it is too much for any number.
    fn add(&mut self, group: Group) -> bool {
        if self.groups == MAX_GROUPS || self.length + group.length > MAX_DIGITS {
            return false;
        }
        self.digits[self.length..self.length + group.length].copy_from_slice(&group.digits[..group.length]);
        self.sizes[self.groups] = group.length;
        self.length += group.length;
        self.groups += 1;
        self.end = group.end;
        true
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.length.min(MAX_DIGITS)]
    }

    fn sizes(&self) -> &[usize] {
        &self.sizes[..self.groups]
    }

    /// The end of the identity number that this is.
    fn identity_end(&self, text: &[u8]) -> Option<usize> {
        if self.length == 18 {
            return is_identity(self.digits()).then_some(self.end);
        }
        if self.length != 17 {
            return None;
        }
        let (mut check, mut bytes) = symbol(text, self.end);
        if matches!(check, b' ' | b'-') {
            let after = symbol(text, self.end + bytes);
            (check, bytes) = (after.0, bytes + after.1);
        }
        let mut whole = self.digits().to_vec();
        whole.push(check);
        (check.eq_ignore_ascii_case(&b'x') && is_identity(&whole)).then_some(self.end + bytes)
    }

    /// Whether this is a mobile number. In the midst of other numbers (`whole` is false) only the ways in which people
    /// group them count, so that lists of coordinates and house numbers stay.
    fn is_mobile(&self, whole: bool) -> bool {
        if self.length > MAX_DIGITS || !is_mobile(self.digits()) {
            return false;
        }
        let sizes = match self.sizes() {
            [2 | 4, rest @ ..] if self.length > 11 && !rest.is_empty() => rest,
            sizes => sizes,
        };
        match sizes {
            [_] | [3, 4, 4] | [3, 8] | [7, 4] => true,
            // A year and a month.
            [4, 1 | 2, ..] => false,
            sizes => whole && sizes.len() <= if sizes[0] == 3 { 5 } else { 4 },
        }
    }
}

/// Where personal numbers stand. A number counts only whole, and not as part of a decimal number, so that codes of other
/// lengths and coordinates stay; its digits may be in groups with one space, hyphen or point between them.
fn numbers(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    // The two characters before.
    let mut before = [0u8; 2];
    // Where a row of three and more groups with points ends: its groups are no decimals.
    let mut points_end = 0;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            let Some(first) = group(text, start) else {
                let (symbol, bytes) = symbol(text, at);
                before = [before[1], symbol];
                at += bytes;
                continue;
            };
            let follows = matches!(before[1], b' ' | b'-') && before[0].is_ascii_digit();
            let is_decimals = before[1] == b'.' && before[0].is_ascii_digit() && start > points_end;
            (at, before) = (first.end, [b'0', b'0']);
            if is_decimals {
                continue;
            }
            let found = match next_group(text, first.end, |separator| separator == b'.') {
                Some(second) if start >= points_end => match next_group(text, second.end, |separator| separator == b'.') {
                    // `13800001000.0`
                    None if second.length <= MAX_DIGITS && second.digits[..second.length].iter().all(|digit| *digit == b'0') => {
                        single(text, first).map(|_| second.end)
                    }
                    None => None,
                    Some(_) => {
                        let (all, end) = with_points(text, first);
                        points_end = end;
                        all.or_else(|| single(text, first))
                    }
                },
                Some(_) => single(text, first),
                None => longest(text, first, follows).or_else(|| grouped(text, first)),
            };
            if let Some(end) = found {
                at = end;
                return Some((start, end));
            }
        }
        None
    })
}

fn single(text: &[u8], group: Group) -> Option<usize> {
    let number = Joined::new(group);
    number.identity_end(text).or_else(|| number.is_mobile(false).then_some(number.end))
}

/// The end of the number that all groups with points between them make, and where these groups end. A mobile number has
/// a group of four digits, which no part of an IP address has.
fn with_points(text: &[u8], first: Group) -> (Option<usize>, usize) {
    let mut all = Joined::new(first);
    let (mut end, mut fits) = (first.end, true);
    while let Some(group) = next_group(text, end, |separator| separator == b'.') {
        fits = fits && all.add(group);
        end = group.end;
    }
    let is_mobile = || all.sizes().iter().any(|size| *size >= 4) && all.is_mobile(true);
    let found = if fits { all.identity_end(text).or_else(|| is_mobile().then_some(end)) } else { None };
    (found, end)
}

/// The end of the longest number that begins with the group.
fn longest(text: &[u8], first: Group, follows: bool) -> Option<usize> {
    let joins = |separator| matches!(separator, b' ' | b'-');
    let mut number = Joined::new(first);
    let mut found = None;
    loop {
        let next = next_group(text, number.end, joins);
        let whole = !follows && next.is_none();
        found = number.identity_end(text).or_else(|| number.is_mobile(whole).then_some(number.end)).or(found);
        // A decimal number is no group.
        match next.filter(|next| next_group(text, next.end, |separator| separator == b'.').is_none()) {
            Some(next) if number.add(next) => {}
            _ => return found,
        }
    }
}

/// The end of the mobile number whose groups have strokes between them, or whose first is in brackets: `138_1234_5678`,
/// `(138)12345678`. Paths, ratios and codes are written so too, so only the ways in which people group count.
fn grouped(text: &[u8], first: Group) -> Option<usize> {
    let stroke = |separator| matches!(separator, b'_' | b'/');
    let mut number = Joined::new(first);
    if let Some(second) = next_group(text, first.end, stroke) {
        let third = next_group(text, second.end, stroke)?;
        return (number.add(second) && number.add(third) && number.sizes() == [3, 4, 4] && number.is_mobile(true))
            .then_some(number.end);
    }
    let (bracket, bytes) = symbol(text, first.end);
    let after = first.end + bytes;
    let second =
        if bracket == b')' { group(text, after).or_else(|| next_group(text, after, |space| space == b' ')) } else { None }?;
    let third = next_group(text, second.end, |separator| matches!(separator, b' ' | b'-'));
    let fits = number.add(second) && (number.length == 11 || third.is_some_and(|third| number.add(third)));
    (fits && matches!(number.sizes(), [3, 8] | [3, 4, 4]) && number.is_mobile(true)).then_some(number.end)
}

fn is_mobile(digits: &[u8]) -> bool {
    let digits = match digits.len() {
        // The trunk prefix.
        12 => digits.strip_prefix(b"0"),
        13 => digits.strip_prefix(b"86"),
        15 => digits.strip_prefix(b"0086"),
        _ => Some(digits),
    };
    digits.is_some_and(|digits| digits.len() == 11 && digits[0] == b'1' && (b'3'..=b'9').contains(&digits[1]))
}

fn is_identity(text: &[u8]) -> bool {
    let Some((digits, [check])) = text.split_at_checked(17) else { return false };
    if !is_place_and_birth(digits) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    b"10X98765432"[(sum % 11) as usize] == check.to_ascii_uppercase()
}

/// Whether an identity number's first digits name a province and a birth date.
fn is_place_and_birth(digits: &[u8]) -> bool {
    if digits.len() < 14 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let number =
        |range: std::ops::Range<usize>| digits[range].iter().fold(0u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let (year, month, day) = (number(6..10), number(10..12), number(12..14));
    PROVINCES.contains(&(number(0..2) as u8)) && (1850..=2100).contains(&year) && is_day(year, month, day)
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
