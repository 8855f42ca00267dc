//! Texts in another encoding than UTF-8, for programs that ask for one.

use crate::args::{Args, Format, QueryArgs};
use clap::{CommandFactory, error::ErrorKind};
use encoding_rs::{Encoder, EncoderResult, Encoding, UTF_8};
use std::io::{self, Write};

/// An encoding by the name that a person gave it.
#[derive(Clone, Debug)]
pub(crate) struct TextEncoding {
    label: String,
    encoding: &'static Encoding,
}

impl TextEncoding {
    /// From the name of an encoding, as the web has it (WHATWG Encoding, section 4.2) or as a code page of Windows.
    pub(crate) fn parse(label: &str) -> Result<Self, String> {
        let plain = label.trim().to_ascii_lowercase();
        let name = match plain.trim_start_matches("cp") {
            "936" => "gbk",
            "54936" => "gb18030",
            "950" => "big5",
            "65001" => "utf-8",
            _ => plain.as_str(),
        };
        match Encoding::for_label(name.as_bytes()) {
            // UTF-16 is one to read, and written as UTF-8.
            Some(encoding) if encoding.output_encoding() == encoding => Ok(Self { label: label.to_owned(), encoding }),
            _ => Err("no encoding that can be written; one of UTF-8, GBK, GB18030, Big5, windows-1252".to_owned()),
        }
    }

    /// As the person wrote it.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// A writer that takes whole pieces of UTF-8 and passes them on in this encoding.
    pub(crate) fn encoded<'a>(&self, out: &'a mut dyn Write) -> Encoded<'a> {
        Encoded { encoder: self.encoding.new_encoder(), encoding: self.encoding, out }
    }
}

/// Ends with wrong usage where a format has but one encoding, and another one was asked for.
pub(super) fn check_format(args: &QueryArgs) {
    if args.encoding.encoding != UTF_8 && !matches!(args.format, Format::Csv | Format::Shp) {
        let message = format!("--encoding {} is for --format csv and shp: the others are UTF-8", args.encoding.label);
        Args::command().error(ErrorKind::ArgumentConflict, message).exit();
    }
}

/// See [`TextEncoding::encoded`].
pub(crate) struct Encoded<'a> {
    encoder: Encoder,
    encoding: &'static Encoding,
    out: &'a mut dyn Write,
}

impl Write for Encoded<'_> {
    /// Writes all of the text or fails, at a character too that the encoding does not have.
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let mut left = std::str::from_utf8(text).map_err(io::Error::other)?;
        let mut bytes = [0; 4096];
        loop {
            let (result, read, written) = self.encoder.encode_from_utf8_without_replacement(left, &mut bytes, false);
            self.out.write_all(&bytes[..written])?;
            left = &left[read..];
            match result {
                EncoderResult::InputEmpty => return Ok(text.len()),
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(character) => {
                    let (code, name) = (u32::from(character), self.encoding.name());
                    let reason = format!("{name} has no {character:?} (U+{code:04X}); choose --encoding GB18030 or UTF-8");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
                }
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::TextEncoding;
    use std::io::Write;

    #[test]
    fn texts_are_encoded_whole_or_refused() {
        let long = "海门".repeat(5_000);
        for (label, text, expected) in [
            ("GBK", "海门", Some(vec![0xba, 0xa3, 0xc3, 0xc5])),
            ("cp936", "海", Some(vec![0xba, 0xa3])),
            ("gb18030", "𠮷", Some(vec![0x95, 0x34, 0xb2, 0x35])),
            ("GBK", "a𠮷", None),
            ("Big5", "海", Some(vec![0xae, 0xfc])),
            ("UTF-8", "海", Some("海".into())),
            ("GBK", &long, Some([0xba, 0xa3, 0xc3, 0xc5].repeat(5_000))),
        ] {
            let mut bytes = Vec::new();
            let written = TextEncoding::parse(label).unwrap().encoded(&mut bytes).write_all(text.as_bytes());
            match expected {
                Some(expected) => assert_eq!(bytes, expected, "{label}"),
                None => assert!(written.unwrap_err().to_string().contains("GBK has no '𠮷' (U+20BB7)")),
            }
        }
        for label in ["nope", "UTF-16", ""] {
            assert!(TextEncoding::parse(label).is_err(), "{label}");
        }
    }
}
