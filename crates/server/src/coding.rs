//! Content coding of tiles: chosen by `Accept-Encoding`, part of the ETag.

use axum::http::{HeaderMap, header};
use std::io::{self, Read, Write};

/// A content coding (RFC 9110 section 8.4.1; zstd: RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
    Identity,
}

/// The largest tile that is unpacked: an archive's few bytes may stand for gigabytes.
const MAX_DECODED_BYTES: u64 = 16 << 20;

/// In order of preference among equals: zstd packs tiles about as small as brotli 5 in a fraction of its time.
const PREFERENCE: [Coding; 4] = [Coding::Zstd, Coding::Brotli, Coding::Gzip, Coding::Identity];

impl Coding {
    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The best coding that the client takes (RFC 9110 section 12.5.3). A client that refuses everything gets
    /// identity, as the RFC advises.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Self {
        let mut weights = [None; 4];
        let mut any = None;
        let listed = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for entry in listed.flat_map(|value| value.split(',')) {
            let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).unwrap_or(0.0);
            match name.trim() {
                "*" => any = Some(weight),
                name => {
                    // RFC 9110 section 8.4.1.3: x-gzip is gzip.
                    let name = if name.eq_ignore_ascii_case("x-gzip") { "gzip" } else { name };
                    if let Some(index) = PREFERENCE.iter().position(|coding| coding.name().eq_ignore_ascii_case(name)) {
                        weights[index] = Some(weight);
                    }
                }
            }
        }
        let mut best = (Self::Identity, 0.0);
        for (coding, weight) in PREFERENCE.into_iter().zip(weights) {
            // Identity is acceptable unless refused, but only when nothing better is asked for.
            let unlisted = any.unwrap_or(if coding == Self::Identity { f32::MIN_POSITIVE } else { 0.0 });
            let weight = weight.unwrap_or(unlisted);
            if weight > best.1 {
                best = (coding, weight);
            }
        }
        best.0
    }

    /// What the bytes in this coding are.
    ///
    /// # Errors
    /// When they are none, or are more than [`MAX_DECODED_BYTES`].
    pub(crate) fn decode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let most = |reader: &mut dyn Read| {
            let mut decoded = Vec::new();
            reader.take(MAX_DECODED_BYTES + 1).read_to_end(&mut decoded)?;
            let fits = decoded.len() as u64 <= MAX_DECODED_BYTES;
            fits.then_some(decoded).ok_or_else(|| io::Error::other(format!("more than {MAX_DECODED_BYTES} bytes once unpacked")))
        };
        match self {
            Self::Identity => Ok(bytes.to_vec()),
            Self::Zstd => most(&mut zstd::stream::read::Decoder::new(bytes)?),
            Self::Gzip => most(&mut flate2::read::MultiGzDecoder::new(bytes)),
            Self::Brotli => most(&mut brotli::Decompressor::new(bytes, 64 * 1024)),
        }
    }

    /// The bytes in this coding. Levels: gzip as in archives, brotli 5, zstd 3.
    pub(crate) fn encode(self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes),
            Self::Zstd => zstd::bulk::compress(&bytes, 3),
            Self::Gzip => Ok(urbis_tiles::archive::gzip(&bytes)),
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 5, 22);
                encoder.write_all(&bytes)?;
                Ok(encoder.into_inner())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_coding_the_client_takes_is_chosen() {
        for (accepted, expected) in [
            ("", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("gzip, br", Coding::Brotli),
            ("gzip, deflate, br, zstd", Coding::Zstd),
            ("gzip;q=1.0, br;q=0.5", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("*", Coding::Zstd),
            ("*;q=0", Coding::Identity),
            ("GZIP", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("deflate", Coding::Identity),
            ("identity;q=0.5, gzip;q=0.1", Coding::Identity),
            ("gzip;q=abc, br;q=0.1", Coding::Brotli),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
            assert_eq!(Coding::negotiate(&headers), expected, "{accepted}");
        }
    }

    #[test]
    fn coded_bytes_decode_to_what_they_were() {
        let bytes = b"haimen ".repeat(1000);
        for coding in PREFERENCE {
            let coded = coding.encode(bytes.clone()).unwrap();
            assert_eq!(coding.decode(&coded).unwrap(), bytes);
            let bomb = coding.encode(vec![0; MAX_DECODED_BYTES as usize + 1]).unwrap();
            assert!(coding == Coding::Identity || coding.decode(&bomb).is_err(), "{coding:?}");
            assert!(coding == Coding::Identity || coding.decode(&coded[..coded.len() / 2]).is_err(), "{coding:?}");
        }
    }
}
