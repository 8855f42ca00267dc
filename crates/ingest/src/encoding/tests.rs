//! Encodings and streams.

use super::*;

#[test]
fn labels_are_understood() {
    for label in ["GBK", "gb2312", "CP936", "936", "UTF-8", "utf8", "65001", "big5", "ANSI 1252", "ISO-8859-1", "cp1251"] {
        encoding(label).unwrap_or_else(|_| panic!("{label}"));
    }
    encoding("klingon").unwrap_err();
}

#[test]
fn streams_are_decoded_across_every_cut() {
    struct Drip<'a>(&'a [u8]);
    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(out.len()).min(1);
            out[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let gbk = encoding_rs::GBK.encode("海门区x").0;
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain("海门区x".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let bom = b"\xEF\xBB\xBF\xE6\xB5\xB7\xE9\x97\xA8\xE5\x8C\xBAx".to_vec();
    for (bytes, said) in [(gbk.to_vec(), Some(encoding("GBK").unwrap())), (utf16, None), (bom, None)] {
        let mut decoded = Decoded::new(Drip(&bytes), said);
        let mut text = String::new();
        decoded.read_to_string(&mut text).unwrap();
        assert_eq!(text, "海门区x");
        assert!(!decoded.had_errors);
    }
    let mut decoded = Decoded::new(&b"a\xFFb"[..], None);
    let mut text = String::new();
    decoded.read_to_string(&mut text).unwrap();
    assert_eq!(text, "a\u{FFFD}b");
    assert!(decoded.had_errors);
}
