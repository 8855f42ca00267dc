//! Bytes in whatever encoding become UTF-8.

use crate::error::IngestError;
use encoding_rs::{Decoder, Encoding, UTF_8};
use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
};

/// The encoding of a label as people write it: `GBK`, `cp936`, `65001`.
///
/// # Errors
/// [`IngestError::Encoding`] when there is none of this name.
pub(crate) fn encoding(label: &str) -> Result<&'static Encoding, IngestError> {
    let plain = label.trim().to_ascii_lowercase();
    let digits = plain.trim_start_matches("cp").trim_start_matches("ansi").trim_matches([' ', '-', '_']);
    let name = match digits {
        "936" | "54936" => "gb18030",
        "950" => "big5",
        "932" => "shift_jis",
        "949" => "euc-kr",
        "65001" | "utf8" => "utf-8",
        "1250" | "1251" | "1252" | "1253" | "1254" | "1255" | "1256" | "1257" | "1258" => {
            return Encoding::for_label(format!("windows-{digits}").as_bytes())
                .ok_or_else(|| IngestError::Encoding { label: label.to_owned() });
        }
        "88591" | "8859-1" => "iso-8859-1",
        _ => plain.as_str(),
    };
    // GBK is read as its superset, so that rare characters of names are not lost.
    let name = if name == "gbk" || name == "gb2312" { "gb18030" } else { name };
    Encoding::for_label(name.as_bytes()).ok_or_else(|| IngestError::Encoding { label: label.to_owned() })
}

/// A text of known encoding; whether bytes of it were wrong.
pub(crate) fn decode<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    encoding.decode_without_bom_handling(bytes)
}

/// A byte stream decoded on the way. A byte order mark overrides the encoding that was said, and is taken away.
pub(crate) struct Decoded<R> {
    source: R,
    decoder: Decoder,
    encoded: Vec<u8>,
    encoded_from: usize,
    decoded: Vec<u8>,
    decoded_from: usize,
    at_end: bool,
    /// Whether any bytes were wrong; each such run became U+FFFD.
    pub(crate) had_errors: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(source: R, encoding: Option<&'static Encoding>) -> Self {
        Self {
            source,
            decoder: encoding.unwrap_or(UTF_8).new_decoder(),
            encoded: Vec::new(),
            encoded_from: 0,
            decoded: vec![0; 1 << 18],
            decoded_from: 1 << 18,
            at_end: false,
            had_errors: false,
        }
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.decoded_from == self.decoded.len()
            && !(self.at_end && self.encoded_from == self.encoded.len() && self.encoded.is_empty())
        {
            if self.encoded_from == self.encoded.len() && !self.at_end {
                self.encoded.resize(1 << 16, 0);
                let read = self.source.read(&mut self.encoded)?;
                self.encoded.truncate(read);
                self.encoded_from = 0;
                self.at_end = read == 0;
            }
            self.decoded.resize(1 << 18, 0);
            let (_, read, written, errors) =
                self.decoder.decode_to_utf8(&self.encoded[self.encoded_from..], &mut self.decoded, self.at_end);
            self.encoded_from += read;
            self.decoded.truncate(written);
            self.decoded_from = 0;
            self.had_errors |= errors;
            if self.at_end && self.encoded_from == self.encoded.len() {
                self.encoded.clear();
                self.encoded_from = 0;
                if written == 0 {
                    break;
                }
            }
        }
        Ok(&self.decoded[self.decoded_from..])
    }

    fn consume(&mut self, amount: usize) {
        self.decoded_from = (self.decoded_from + amount).min(self.decoded.len());
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(out.len());
        out[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
