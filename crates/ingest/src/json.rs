//! A small JSON reader over one text: walks members and elements and lends slices, never builds a tree.
//!
//! `serde_json` was tried on paper and left out here: it refuses the `NaN` that Python and R write, rounds decimals to
//! within an ulp only, and gives a tree for coordinates. Values that are not wanted are skipped by their brackets.

use std::borrow::Cow;

/// Why a text is not the JSON that was expected, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotJson {
    pub(crate) expected: &'static str,
    pub(crate) at_byte: usize,
}

impl std::fmt::Display for NotJson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "its JSON is broken at byte {} of the feature: {} expected", self.at_byte, self.expected)
    }
}

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Json<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Json<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn fail<T>(&self, expected: &'static str) -> Result<T, NotJson> {
        Err(NotJson { expected, at_byte: self.at })
    }

    /// The next byte that is no white space.
    pub(crate) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && matches!(bytes[self.at], b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Steps over a byte if it is next.
    pub(crate) fn step(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// The next member's name, standing at its value after that; none at the object's end. `first` is set before the
    /// first call, which begins after `{`.
    pub(crate) fn member(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, NotJson> {
        if self.step(b'}') {
            return Ok(None);
        }
        if !std::mem::take(first) && !self.step(b',') {
            return self.fail("a comma");
        }
        // A comma before the end is wrong JSON and harmless.
        if self.step(b'}') {
            return Ok(None);
        }
        let name = self.string()?;
        if self.step(b':') { Ok(Some(name)) } else { self.fail("a colon") }
    }

    /// Whether an element follows; false at the array's end. `first` as in [`Json::member`], after `[`.
    pub(crate) fn element(&mut self, first: &mut bool) -> Result<bool, NotJson> {
        if self.step(b']') {
            return Ok(false);
        }
        if !std::mem::take(first) && !self.step(b',') {
            return self.fail("a comma or ]");
        }
        Ok(!self.step(b']'))
    }

    /// A string, unescaped.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        if !self.step(b'"') {
            return self.fail("a string");
        }
        let (bytes, start) = (self.text.as_bytes(), self.at);
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    let plain = &self.text[start..self.at];
                    self.at += 1;
                    return Ok(Cow::Borrowed(plain));
                }
                b'\\' => return self.escaped(start).map(Cow::Owned),
                _ => self.at += 1,
            }
        }
        self.fail("the end of a string")
    }

    /// The rest of a string from its first escape on.
    fn escaped(&mut self, start: usize) -> Result<String, NotJson> {
        let mut out = self.text[start..self.at].to_owned();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            match self.text.as_bytes().get(self.at..) {
                Some([b'"', ..]) => {
                    self.at += 1;
                    return Ok(out);
                }
                Some([b'\\', escape, ..]) => {
                    self.at += 2;
                    match escape {
                        b'n' => out.push('\n'),
                        b't' => out.push('\t'),
                        b'r' => out.push('\r'),
                        b'b' => out.push('\u{8}'),
                        b'f' => out.push('\u{c}'),
                        b'"' | b'\\' | b'/' => out.push(char::from(*escape)),
                        b'u' => out.push(self.unicode()?),
                        _ => return self.fail("an escape"),
                    }
                }
                _ => return self.fail("the end of a string"),
            }
        }
    }

    /// A character by its UTF-16 units; half a pair becomes U+FFFD.
    fn unicode(&mut self) -> Result<char, NotJson> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) || !self.text[self.at..].starts_with("\\u") {
            return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let before = self.at;
        self.at += 2;
        let low = self.hex4()?;
        if (0xDC00..0xE000).contains(&low) {
            return Ok(char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at = before;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex4(&mut self) -> Result<u32, NotJson> {
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.fail("four hexadecimal digits"),
        }
    }

    /// The text of a number or word (`true`, `null`, `NaN`, …).
    pub(crate) fn word(&mut self) -> Result<&'a str, NotJson> {
        self.peek();
        let start = self.at;
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        if start == self.at { self.fail("a value") } else { Ok(&self.text[start..self.at]) }
    }

    /// A number; also `NaN`, `Infinity` and `-Infinity`, which are no JSON and are written all the same.
    pub(crate) fn number(&mut self) -> Result<f64, NotJson> {
        let before = self.at;
        let word = self.word()?;
        let number = match word {
            "NaN" | "nan" => Some(f64::NAN),
            "Infinity" | "inf" => Some(f64::INFINITY),
            "-Infinity" | "-inf" => Some(f64::NEG_INFINITY),
            word if word.bytes().any(|c| c.is_ascii_digit()) => word.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.at = before;
        }
        number.map_or_else(|| self.fail("a number"), Ok)
    }

    /// Steps over any value and lends its text.
    pub(crate) fn skip(&mut self) -> Result<&'a str, NotJson> {
        let first = self.peek();
        let start = self.at;
        match first {
            Some(b'{' | b'[') => {
                let bytes = self.text.as_bytes();
                let mut depth = 0usize;
                while let Some(byte) = bytes.get(self.at) {
                    match byte {
                        b'"' => {
                            self.string()?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.at += 1;
                    if depth == 0 {
                        return Ok(&self.text[start..self.at]);
                    }
                }
                self.fail("the end of an object or array")
            }
            Some(b'"') => {
                self.string()?;
                Ok(&self.text[start..self.at])
            }
            _ => self.word(),
        }
    }

    /// Steps into an object or array.
    pub(crate) fn open(&mut self, bracket: u8, expected: &'static str) -> Result<(), NotJson> {
        if self.step(bracket) { Ok(()) } else { self.fail(expected) }
    }
}

#[cfg(test)]
mod tests;
