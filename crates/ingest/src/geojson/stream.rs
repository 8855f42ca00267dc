//! Cuts a stream of JSON into features by counting brackets outside strings. Holds one feature at a time.

use std::io::{self, BufRead};

/// The most bytes of one feature's text: a million vertices at 40 characters each, and 16 MB of attributes.
const MAX_FEATURE_BYTES: usize = 64 << 20;
/// How much of a larger one is kept to name it.
const BEGINNING_BYTES: usize = 4 << 10;
/// The most bytes of a collection's own members (`crs`, `name`); larger ones are stepped over.
const MAX_MEMBER_BYTES: usize = 64 << 10;
/// The deepest brackets: a feature's coordinates have five, a hostile file a million.
const MAX_DEPTH: usize = 256;

/// The next thing in the file.
pub(super) enum Piece<'a> {
    /// A feature, geometry or other object. `alone`: it stands at the top of the file and is the first there.
    Object { text: &'a str, alone: bool },
    /// A feature that is too large, by its first bytes.
    Oversized { beginning: &'a str },
    /// A member of the collection.
    Member { name: &'a str, value: &'a str },
    /// A bare array begins.
    Array,
    /// Nothing more.
    End,
}

/// Why the stream can't go on.
pub(super) enum Broken {
    Io(io::Error),
    Json { expected: &'static str },
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Between documents.
    Top,
    /// Among the members of a top-level object, after some of them.
    Members,
    /// In a collection's `features`, or in a bare array.
    Elements { bare: bool },
}

pub(super) struct Stream<R> {
    source: R,
    place: Place,
    /// Documents begun so far.
    documents: u64,
    /// The top-level object put together again, for when it turns out to be a feature.
    whole: String,
    whole_is_too_large: bool,
    had_features: bool,
    bytes: Vec<u8>,
    name: String,
    value: String,
}

impl<R: BufRead> Stream<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            place: Place::Top,
            documents: 0,
            whole: String::new(),
            whole_is_too_large: false,
            had_features: false,
            bytes: Vec::new(),
            name: String::new(),
            value: String::new(),
        }
    }

    pub(super) fn decoder(&self) -> &R {
        &self.source
    }

    pub(super) fn next(&mut self) -> Result<Piece<'_>, Broken> {
        loop {
            let Some(byte) = self.peek()? else {
                return match self.place {
                    Place::Top => Ok(Piece::End),
                    Place::Members => Err(Broken::Json { expected: "}" }),
                    Place::Elements { .. } => Err(Broken::Json { expected: "]" }),
                };
            };
            match self.place {
                Place::Top => match byte {
                    // The record separator of RFC 8142, and commas between documents.
                    0x1E | b',' => self.source.consume(1),
                    b'{' if self.documents == 0 => {
                        self.source.consume(1);
                        self.documents = 1;
                        self.place = Place::Members;
                        self.whole.clear();
                        self.whole.push('{');
                    }
                    b'[' if self.documents == 0 => {
                        self.source.consume(1);
                        self.documents = 1;
                        self.place = Place::Elements { bare: true };
                        return Ok(Piece::Array);
                    }
                    b'{' => {
                        self.documents += 1;
                        return self.object(false);
                    }
                    _ => return Err(Broken::Json { expected: "a feature" }),
                },
                Place::Members => {
                    if let Some(piece) = self.member(byte)? {
                        return Ok(self.lend(piece));
                    }
                }
                Place::Elements { bare } => match byte {
                    b',' => self.source.consume(1),
                    b']' => {
                        self.source.consume(1);
                        self.place = if bare { Place::Top } else { Place::Members };
                    }
                    // What is no object is refused as a feature of its own.
                    _ => return self.object(false),
                },
            }
        }
    }

    fn lend(&self, piece: Found) -> Piece<'_> {
        match piece {
            Found::Member => Piece::Member { name: &self.name, value: &self.value },
            Found::Whole => Piece::Object { text: &self.whole, alone: true },
            Found::TooLarge => Piece::Oversized { beginning: beginning(self.whole.as_bytes()) },
        }
    }

    /// One step among the members of the first top-level object.
    fn member(&mut self, byte: u8) -> Result<Option<Found>, Broken> {
        match byte {
            b',' => {
                self.source.consume(1);
                Ok(None)
            }
            b'}' => {
                self.source.consume(1);
                self.place = Place::Top;
                self.whole.push('}');
                Ok(match (self.had_features, self.whole_is_too_large) {
                    (true, _) => None,
                    (false, true) => Some(Found::TooLarge),
                    (false, false) => Some(Found::Whole),
                })
            }
            b'"' => {
                self.capture(MAX_MEMBER_BYTES)?;
                let quoted = String::from_utf8_lossy(&self.bytes).into_owned();
                self.name.clear();
                self.name.push_str(quoted.trim_matches('"'));
                if self.peek()? != Some(b':') {
                    return Err(Broken::Json { expected: "a colon" });
                }
                self.source.consume(1);
                let first = self.peek()?;
                if self.name == "features" && first == Some(b'[') {
                    self.source.consume(1);
                    self.had_features = true;
                    self.place = Place::Elements { bare: false };
                    return Ok(None);
                }
                let complete = self.capture(if self.had_features { MAX_MEMBER_BYTES } else { MAX_FEATURE_BYTES })?;
                let value = std::str::from_utf8(&self.bytes).unwrap_or("null");
                if !self.had_features && !self.whole_is_too_large {
                    if self.whole.len() > 1 {
                        self.whole.push(',');
                    }
                    self.whole.push_str(&quoted);
                    self.whole.push(':');
                    if complete && self.whole.len() + value.len() <= MAX_FEATURE_BYTES {
                        self.whole.push_str(value);
                    } else {
                        self.whole_is_too_large = true;
                    }
                }
                self.value.clear();
                if complete && value.len() <= MAX_MEMBER_BYTES {
                    self.value.push_str(value);
                    return Ok(Some(Found::Member));
                }
                Ok(None)
            }
            _ => Err(Broken::Json { expected: "a member or }" }),
        }
    }

    fn object(&mut self, alone: bool) -> Result<Piece<'_>, Broken> {
        let complete = self.capture(MAX_FEATURE_BYTES)?;
        if self.bytes.is_empty() {
            return Err(Broken::Json { expected: "a feature or ]" });
        }
        if !complete {
            return Ok(Piece::Oversized { beginning: beginning(&self.bytes) });
        }
        // The decoder upstream gives UTF-8 only, and pieces are cut at ASCII brackets.
        std::str::from_utf8(&self.bytes).map(|text| Piece::Object { text, alone }).map_err(|_| Broken::Json { expected: "UTF-8" })
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Result<Option<u8>, Broken> {
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            match chunk.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
                Some(at) => {
                    let byte = chunk[at];
                    self.source.consume(at);
                    return Ok(Some(byte));
                }
                None => {
                    let length = chunk.len();
                    self.source.consume(length);
                }
            }
        }
    }

    /// Takes one value into `bytes`; false when it is larger than `most` and only its beginning was kept.
    fn capture(&mut self, most: usize) -> Result<bool, Broken> {
        self.bytes.clear();
        let mut complete = true;
        let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                // A bare word may end with the file; anything open may not.
                return if depth == 0 && !in_string {
                    Ok(complete)
                } else {
                    Err(Broken::Json { expected: "the end of a value" })
                };
            }
            let mut end = None;
            for (at, byte) in chunk.iter().enumerate() {
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => {
                            in_string = false;
                            if depth == 0 {
                                end = Some(at + 1);
                                break;
                            }
                        }
                        _ => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => in_string = true,
                    b'{' | b'[' => {
                        depth += 1;
                        if depth > MAX_DEPTH {
                            return Err(Broken::Json { expected: "brackets at most 256 deep" });
                        }
                    }
                    b'}' | b']' if depth > 0 => {
                        depth -= 1;
                        if depth == 0 {
                            end = Some(at + 1);
                            break;
                        }
                    }
                    b'}' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => {
                        end = Some(at);
                        break;
                    }
                    _ => {}
                }
            }
            let length = end.unwrap_or(chunk.len());
            if complete && self.bytes.len() + length <= most {
                self.bytes.extend_from_slice(&chunk[..length]);
            } else {
                complete = false;
                let room = BEGINNING_BYTES.saturating_sub(self.bytes.len()).min(length);
                self.bytes.extend_from_slice(&chunk[..room]);
                self.bytes.truncate(BEGINNING_BYTES);
            }
            self.source.consume(length);
            if end.is_some() {
                return Ok(complete);
            }
        }
    }
}

/// What [`Stream::member`] found, before the buffers are lent.
enum Found {
    Member,
    Whole,
    TooLarge,
}

fn beginning(bytes: &[u8]) -> &str {
    let bytes = &bytes[..bytes.len().min(BEGINNING_BYTES)];
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or(""),
    }
}
