//! The 127 bytes that an archive begins with (PMTiles 3, section 3).

use super::ArchiveError;
use urbis_model::Bounds;

/// Bytes of a header.
pub const HEADER_BYTES: usize = 127;
/// Header and root directory together end before this.
pub const INITIAL_BYTES: usize = 16_384;

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Packing {
    /// Not said.
    Unknown = 0,
    /// Not at all.
    None = 1,
    /// gzip.
    Gzip = 2,
    /// Brotli.
    Brotli = 3,
    /// Zstandard.
    Zstd = 4,
}

impl Packing {
    /// Its HTTP content coding; `identity` for none and unknown.
    pub fn coding(self) -> &'static str {
        match self {
            Self::Unknown | Self::None => "identity",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        [Self::Unknown, Self::None, Self::Gzip, Self::Brotli, Self::Zstd].into_iter().find(|packing| *packing as u8 == byte)
    }
}

/// Where a section lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// An archive's header.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// The directory that every look-up begins with.
    pub root: Section,
    /// A JSON object.
    pub metadata: Section,
    /// Directories that the root points at.
    pub leaves: Section,
    /// The tiles.
    pub tiles: Section,
    /// Tiles that have an address; 0 when not known.
    pub addressed_tiles: u64,
    /// Entries of all directories together; 0 when not known.
    pub tile_entries: u64,
    /// Different tiles; 0 when not known.
    pub tile_contents: u64,
    /// Whether the tiles lie in the order of their numbers.
    pub clustered: bool,
    /// How directories and metadata are packed.
    pub internal_packing: Packing,
    /// How each tile is packed.
    pub tile_packing: Packing,
    /// 1 MVT, 2 PNG, 3 JPEG, 4 WebP, 5 AVIF, 6 MLT; 0 other.
    pub tile_type: u8,
    /// Least zoom.
    pub min_zoom: u8,
    /// Greatest zoom.
    pub max_zoom: u8,
    /// Extent in degrees.
    pub bounds: Bounds,
    /// Where to begin looking.
    pub center_zoom: u8,
    /// Longitude, latitude of it in degrees.
    pub center_deg: [f64; 2],
}

/// Degrees are kept as whole numbers of 10^-7.
const PER_DEGREE: f64 = 10_000_000.0;

impl Header {
    /// Its bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend(b"PMTiles\x03");
        for Section { offset, length } in [self.root, self.metadata, self.leaves, self.tiles] {
            out.extend(offset.to_le_bytes());
            out.extend(length.to_le_bytes());
        }
        for count in [self.addressed_tiles, self.tile_entries, self.tile_contents] {
            out.extend(count.to_le_bytes());
        }
        out.extend([u8::from(self.clustered), self.internal_packing as u8, self.tile_packing as u8, self.tile_type]);
        out.extend([self.min_zoom, self.max_zoom]);
        let degrees = |out: &mut Vec<u8>, deg: [f64; 2]| {
            deg.iter().for_each(|part| out.extend(((part * PER_DEGREE).round() as i32).to_le_bytes()));
        };
        degrees(&mut out, self.bounds.min);
        degrees(&mut out, self.bounds.max);
        out.push(self.center_zoom);
        degrees(&mut out, self.center_deg);
        let mut bytes = [0; HEADER_BYTES];
        bytes.copy_from_slice(&out);
        bytes
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`ArchiveError`] for anything but version 3, for zooms out of order and sections that overflow.
    pub fn read(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let not = |reason: String| ArchiveError::NotAnArchive { reason };
        if !bytes.starts_with(b"PMTiles") {
            return Err(not("it does not begin with the letters PMTiles".to_owned()));
        }
        if bytes.len() < HEADER_BYTES {
            return Err(ArchiveError::Truncated { section: "header", end: HEADER_BYTES as u64, bytes: bytes.len() as u64 });
        }
        if bytes[7] != 3 {
            return Err(not(format!("it says version {}", bytes[7])));
        }
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| bytes[at + index]));
        let degrees = |at: usize| {
            [at, at + 4].map(|at| f64::from(i32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]))) / PER_DEGREE)
        };
        let section = |at: usize, name: &'static str| {
            let section = Section { offset: number(at), length: number(at + 8) };
            let end = section.offset.checked_add(section.length);
            end.map(|_| section).ok_or_else(|| ArchiveError::damaged("header", format!("its {name} ends past 2^64")))
        };
        let packing = |at: usize, what: &str| {
            let damaged = || ArchiveError::damaged("header", format!("{what} compression {} does not exist", bytes[at]));
            Packing::from_byte(bytes[at]).ok_or_else(damaged)
        };
        let header = Self {
            root: section(8, "root directory")?,
            metadata: section(24, "metadata")?,
            leaves: section(40, "leaf directories")?,
            tiles: section(56, "tile data")?,
            addressed_tiles: number(72),
            tile_entries: number(80),
            tile_contents: number(88),
            clustered: bytes[96] == 1,
            internal_packing: packing(97, "internal")?,
            tile_packing: packing(98, "tile")?,
            tile_type: bytes[99],
            min_zoom: bytes[100],
            max_zoom: bytes[101],
            bounds: Bounds { min: degrees(102), max: degrees(110) },
            center_zoom: bytes[118],
            center_deg: degrees(119),
        };
        if header.min_zoom > header.max_zoom || header.max_zoom > 31 {
            return Err(ArchiveError::damaged("header", format!("zooms {} to {}", header.min_zoom, header.max_zoom)));
        }
        Ok(header)
    }
}
