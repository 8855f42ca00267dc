//! Where the quotes of a table open and close, told from its text on the way to the parser.
//!
//! RFC 4180 knows no cell whose quote is never closed and no text after a closing quote. The `csv` crate takes both
//! without a word: the first swallows every later row, the second loses its quotes. So they are found here, by the rules
//! by which that crate reads: a quote opens a cell only where the cell begins, and two of them inside are one.

use std::io::{self, Read};

/// The most bytes of one quoted cell: the WKT of ten million vertices, which is refused by name. Stops a quote that is
/// never closed from taking a whole large file into memory.
const MAX_QUOTED_BYTES: u64 = 256 << 20;

/// A text that is read, and its quotes followed.
pub(super) struct Quotes<R> {
    source: R,
    delimiter: u8,
    place: Place,
    previous: u8,
    /// The line at hand, from 1.
    line: u64,
    /// The line on which the last quoted cell began.
    opened_line: u64,
    quoted_bytes: u64,
    at_end: bool,
    closed_in_a_text: Option<Fault>,
    /// Cells of one line that have text after their closing quote, and the first such line.
    pub(super) trailing: (u64, u64),
}

/// A quote that is not closed where its cell ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The line on which it opens.
    pub(super) line: u64,
    /// The line on which it is closed in the middle of a text; none where it never is.
    pub(super) closed_line: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    CellStart,
    Unquoted,
    Quoted,
    /// Right after a quote inside a quoted cell: another one would be a quote of the text.
    Closed,
    /// After blanks behind the closing quote.
    Blank,
}

impl<R> Quotes<R> {
    pub(super) fn new(source: R, delimiter: u8) -> Self {
        Self {
            source,
            delimiter,
            place: Place::CellStart,
            previous: b'\n',
            line: 1,
            opened_line: 0,
            quoted_bytes: 0,
            at_end: false,
            closed_in_a_text: None,
            trailing: (0, 0),
        }
    }

    pub(super) fn source(&self) -> &R {
        &self.source
    }

    /// What is wrong with the quotes of the text so far.
    pub(super) fn fault(&self) -> Option<Fault> {
        let is_open = self.place == Place::Quoted && (self.at_end || self.quoted_bytes > MAX_QUOTED_BYTES);
        self.closed_in_a_text.or(is_open.then_some(Fault { line: self.opened_line, closed_line: None }))
    }

    fn follow(&mut self, text: &[u8]) {
        for &byte in text {
            let ends_line = matches!(byte, b'\n' | b'\r');
            let ends_cell = ends_line || byte == self.delimiter;
            self.place = match self.place {
                Place::CellStart if byte == b'"' => {
                    (self.opened_line, self.quoted_bytes) = (self.line, 0);
                    Place::Quoted
                }
                Place::Quoted if byte == b'"' => Place::Closed,
                Place::Quoted => {
                    self.quoted_bytes += 1;
                    Place::Quoted
                }
                Place::Closed if byte == b'"' => Place::Quoted,
                _ if ends_cell => Place::CellStart,
                Place::Closed | Place::Blank if matches!(byte, b' ' | b'\t') => Place::Blank,
                Place::Closed | Place::Blank => {
                    self.text_after_quote();
                    Place::Unquoted
                }
                Place::CellStart | Place::Unquoted => Place::Unquoted,
            };
            self.line += u64::from(byte == b'\r' || (byte == b'\n' && self.previous != b'\r'));
            self.previous = byte;
        }
    }

    fn text_after_quote(&mut self) {
        if self.opened_line == self.line {
            let (count, first) = self.trailing;
            self.trailing = (count + 1, if count == 0 { self.line } else { first });
        } else {
            let fault = Fault { line: self.opened_line, closed_line: Some(self.line) };
            self.closed_in_a_text.get_or_insert(fault);
        }
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(out)?;
        self.follow(&out[..length]);
        self.at_end |= length == 0 && !out.is_empty();
        match self.fault() {
            Some(_) if !self.at_end => Err(io::Error::other("a quote is not closed where its cell ends")),
            _ => Ok(length),
        }
    }
}

#[cfg(test)]
mod tests;
