//! Bytes in whatever encoding become UTF-8.

use crate::error::IngestError;
use encoding_rs::{Decoder, Encoding, GBK, UTF_8};
use std::{
    borrow::Cow,
    io::{self, BufRead, Read},
    path::Path,
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

/// Whether there is an encoding of a name.
///
/// # Errors
/// [`IngestError::Encoding`], which names some that there are, when there is none.
pub fn check_encoding(label: &str) -> Result<(), IngestError> {
    encoding(label).map(|_| ())
}

/// An encoding to write in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    encoding: &'static Encoding,
    /// Its name, which GDAL knows too.
    pub(crate) label: &'static str,
}

/// The encoding to write in, of a label as people write it. Unlike in reading, GBK is no more than GBK, because who asks
/// for it has programs that read no more.
///
/// # Errors
/// [`IngestError::Encoding`] when there is none of this name.
pub(crate) fn to_write(label: &str) -> Result<Target, IngestError> {
    let encoding = encoding(label)?;
    let plain = label.trim().to_ascii_lowercase();
    let is_gbk = ["gbk", "gb2312", "936", "cp936", "ansi936", "ansi 936"].contains(&plain.as_str());
    let encoding = if is_gbk { GBK } else { encoding };
    // What has two bytes a character is no text of a dBASE file, and encoding_rs would write UTF-8 in its place.
    if encoding.output_encoding() != encoding {
        return Err(IngestError::Encoding { label: label.to_owned() });
    }
    Ok(Target { encoding, label: encoding.name() })
}

impl Target {
    /// Whether it has a character.
    pub(crate) fn has(self, character: char) -> bool {
        character.is_ascii() || !self.encoding.encode(character.encode_utf8(&mut [0; 4])).2
    }

    /// The bytes that a character takes.
    pub(crate) fn bytes(self, character: char) -> usize {
        self.encoding.encode(character.encode_utf8(&mut [0; 4])).0.len()
    }
}

/// What to make of bytes that were not of the encoding they were read in: a word for the report where a person or the
/// file named it, since they want it so; else there is one to be named.
///
/// # Errors
/// [`IngestError::UnstatedEncoding`] when nobody named it.
pub(crate) fn wrong_bytes(path: &Path, is_named: bool) -> Result<String, IngestError> {
    if !is_named {
        return Err(IngestError::UnstatedEncoding { path: path.to_owned() });
    }
    Ok("some bytes are not of the encoding that was named and became U+FFFD; name another with --encoding, such as GBK".into())
}

/// The texts of one file, read one by one.
pub(crate) struct Texts {
    encoding: &'static Encoding,
    says: Says,
    /// How many texts had bytes that are not of it.
    wrong: u64,
    /// How many end in the middle of a character, as a field that was too narrow leaves them.
    cut: u64,
}

/// Who says what the encoding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// A person, or the file.
    Named,
    /// The format has but one.
    Format,
    Nobody,
}

impl Texts {
    /// In the encoding that a person or the file names.
    pub(crate) fn stated(encoding: &'static Encoding) -> Self {
        Self { encoding, says: Says::Named, wrong: 0, cut: 0 }
    }

    /// In UTF-8, the one encoding of the format.
    pub(crate) fn of_format() -> Self {
        Self { encoding: UTF_8, says: Says::Format, wrong: 0, cut: 0 }
    }

    /// In UTF-8, since nobody named an encoding.
    pub(crate) fn unstated() -> Self {
        Self { encoding: UTF_8, says: Says::Nobody, wrong: 0, cut: 0 }
    }

    /// A value.
    pub(crate) fn value<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        let (text, had_errors) = self.encoding.decode_without_bom_handling(bytes);
        let is_cut = had_errors && self.is_cut(bytes);
        self.cut += u64::from(is_cut);
        self.wrong += u64::from(had_errors && !is_cut);
        text
    }

    /// A header, which a format with short ones may have cut in the middle of its last character.
    pub(crate) fn header<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        let (text, had_errors) = self.encoding.decode_without_bom_handling(bytes);
        self.wrong += u64::from(had_errors && self.encoding == UTF_8 && !self.is_cut(bytes));
        text
    }

    /// Whether bytes are UTF-8 but for a last character of which some are missing.
    fn is_cut(&self, bytes: &[u8]) -> bool {
        self.encoding == UTF_8 && str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
    }

    /// A word for the report about texts that could not be read whole.
    ///
    /// # Errors
    /// As [`wrong_bytes`].
    pub(crate) fn finish(&self, path: &Path) -> Result<Vec<String>, IngestError> {
        let mut words = Vec::new();
        if self.wrong > 0 {
            let word = match self.says {
                Says::Format => "some bytes are not UTF-8, which the format asks for, and became U+FFFD".to_owned(),
                says => wrong_bytes(path, says == Says::Named)?,
            };
            words.push(format!("{} texts: {word}", self.wrong));
        }
        if self.cut > 0 {
            words.push(format!("{} texts end in the middle of a character, which became U+FFFD", self.cut));
        }
        Ok(words)
    }
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
