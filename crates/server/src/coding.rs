//! Content coding of tiles: chosen by `Accept-Encoding`, part of the ETag.

use axum::http::{HeaderMap, header};
use std::io::{self, Write};

/// A content coding (RFC 9110 section 8.4.1; zstd: RFC 8878).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
    Identity,
}

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
            match name.trim().to_ascii_lowercase().as_str() {
                "*" => any = Some(weight),
                name => {
                    if let Some(index) = PREFERENCE.iter().position(|coding| coding.name() == name) {
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

    /// The bytes in this coding. Levels: gzip 6, brotli 5, zstd 3, the usual ones for answers made on the fly.
    pub(crate) fn encode(self, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(bytes),
            Self::Zstd => zstd::bulk::compress(&bytes, 3),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
                encoder.write_all(&bytes)?;
                encoder.finish()
            }
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
        let gzip = Coding::Gzip.encode(bytes.clone()).unwrap();
        let mut decoded = Vec::new();
        io::Read::read_to_end(&mut flate2::read::GzDecoder::new(gzip.as_slice()), &mut decoded).unwrap();
        assert_eq!(decoded, bytes);
        let brotli = Coding::Brotli.encode(bytes.clone()).unwrap();
        decoded.clear();
        io::Read::read_to_end(&mut brotli::Decompressor::new(brotli.as_slice(), 4096), &mut decoded).unwrap();
        assert_eq!(decoded, bytes);
        assert_eq!(zstd::decode_all(Coding::Zstd.encode(bytes.clone()).unwrap().as_slice()).unwrap(), bytes);
    }
}
