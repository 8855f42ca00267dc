//! Archives of tiles served beside the city's own layers: PMTiles with patches over them, here or on another server, and
//! MBTiles.
//!
//! An archive whose files are replaced is opened anew. Until the new ones are whole, the old one is served: its files are
//! held open, so a replacement must be another file under the same name, as `urbis tiles` makes it. Of an archive on another
//! server it is known when a tile is asked for that is not kept yet: then the server says so.

mod bytes;

pub use bytes::ArchivePlace;

use bytes::{ArchiveBytes, Elsewhere, hash_of_file};

use crate::coding::Coding;
use crate::error::ApiError;
use crate::routes::tiles::MEDIA_TYPE;
use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;
use thiserror::Error;
use urbis_model::{Bounds, LayerName, TileCoord};
use urbis_store::{MbtilesFile, StoreError};
use urbis_tiles::archive::{Archive, ArchiveError, Stack, header::Packing};
use urbis_wire::tilejson::VectorLayer;

/// An archive to serve.
#[derive(Clone, Debug)]
pub struct ArchiveConfig {
    /// The name in `/tiles/{name}`.
    pub name: LayerName,
    /// A PMTiles or MBTiles file.
    pub file: ArchivePlace,
    /// Patches over a PMTiles file, the oldest first.
    pub patches: Vec<ArchivePlace>,
}

/// Why an archive can't be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenArchiveError {
    /// A file that can't be opened.
    #[error("{file} can't be opened")]
    Open {
        /// The file.
        file: ArchivePlace,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No PMTiles.
    #[error("{file} can't be served")]
    Pmtiles {
        /// The file.
        file: ArchivePlace,
        /// Why.
        #[source]
        source: ArchiveError,
    },
    /// No MBTiles.
    #[error("{file} can't be served")]
    Mbtiles {
        /// The file.
        file: ArchivePlace,
        /// Why.
        #[source]
        source: Box<StoreError>,
    },
    /// Patches belong to PMTiles.
    #[error("{file} is no PMTiles file, so patches can't lie over it")]
    Patches {
        /// The file.
        file: ArchivePlace,
    },
    /// Two archives of one name, or one of a layer's name.
    #[error("two archives are named {name}")]
    Twice {
        /// The name.
        name: LayerName,
    },
}

/// All of them by name.
#[derive(Default)]
pub(crate) struct Archives {
    by_name: BTreeMap<LayerName, Served>,
    /// How often one was exchanged.
    generation: AtomicU64,
}

/// An archive that is served, and what of it is open now.
struct Served {
    config: ArchiveConfig,
    open: RwLock<Arc<ArchiveLayer>>,
    /// The stamp that its files had at the last look: while they are written it changes from look to look.
    seen: AtomicU64,
    /// The stamp that they had when they were last found to be no archive.
    refused: AtomicU64,
    /// Until when an archive that another server has replaced, and that could not be opened, is not tried again.
    resting: Mutex<Option<Instant>>,
}

/// One that is open.
pub(crate) struct ArchiveLayer {
    tiles: Tiles,
    /// Whether another server said that it has another archive there now.
    replaced: Arc<AtomicBool>,
    /// Which files it is of.
    files: u64,
    /// Changes with its bytes.
    pub(crate) stamp: u64,
    /// How its tiles lie in it.
    pub(crate) packing: Coding,
    pub(crate) media_type: &'static str,
    pub(crate) zooms: std::ops::RangeInclusive<u8>,
    pub(crate) bounds: Bounds,
    pub(crate) name: String,
    pub(crate) attribution: String,
    pub(crate) vector_layers: Vec<VectorLayer>,
}

enum Tiles {
    Pmtiles(Stack<ArchiveBytes>),
    Mbtiles(MbtilesFile),
}

impl Archives {
    /// Opens all.
    pub(crate) fn open(configs: &[ArchiveConfig]) -> Result<Self, OpenArchiveError> {
        let mut archives = BTreeMap::new();
        for config in configs {
            let open = RwLock::new(Arc::new(ArchiveLayer::open(config)?));
            let served = Served {
                config: config.clone(),
                open,
                seen: AtomicU64::new(0),
                refused: AtomicU64::new(0),
                resting: Mutex::new(None),
            };
            if archives.insert(config.name.clone(), served).is_some() {
                return Err(OpenArchiveError::Twice { name: config.name.clone() });
            }
        }
        Ok(Self { by_name: archives, generation: AtomicU64::new(0) })
    }

    pub(crate) fn layer(&self, name: &str) -> Option<Arc<ArchiveLayer>> {
        self.by_name.iter().find(|(known, _)| known.as_str() == name).map(|(_, served)| served.open())
    }

    /// Opens those anew whose files were replaced. What can't be opened is logged once, and what is open stays.
    pub(crate) fn refresh(&self) {
        for Served { config, open, seen, refused, resting } in self.by_name.values() {
            let Ok(stamp) = stamp(config) else { continue };
            let held = open.read().unwrap_or_else(PoisonError::into_inner).clone();
            let is_settled = seen.swap(stamp, Ordering::Relaxed) == stamp;
            let is_new = is_settled && stamp != held.files && stamp != refused.load(Ordering::Relaxed);
            let mut resting = resting.lock().unwrap_or_else(PoisonError::into_inner);
            let is_resting = resting.is_some_and(|until| Instant::now() < until);
            if !is_new && (is_resting || !held.replaced.load(Ordering::Relaxed)) {
                continue;
            }
            match ArchiveLayer::open(config) {
                Ok(layer) => {
                    let mut open = open.write().unwrap_or_else(PoisonError::into_inner);
                    *open = Arc::new(layer);
                    self.generation.fetch_add(1, Ordering::Release);
                    drop(open);
                    tracing::info!(archive = %config.name, "archive changed");
                }
                Err(error) => {
                    refused.store(stamp, Ordering::Relaxed);
                    *resting = Some(Instant::now() + bytes::REST);
                    metrics::counter!("urbis_archives_refused_total").increment(1);
                    let error = crate::error::chain(&error);
                    tracing::error!(archive = %config.name, error, "the new archive can't be served; serving the one before");
                }
            }
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &LayerName> {
        self.by_name.keys()
    }
}

impl Served {
    fn open(&self) -> Arc<ArchiveLayer> {
        Arc::clone(&self.open.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ArchiveConfig {
    fn places(&self) -> impl Iterator<Item = &ArchivePlace> {
        std::iter::once(&self.file).chain(&self.patches)
    }
}

impl ArchiveLayer {
    fn open(config: &ArchiveConfig) -> Result<Self, OpenArchiveError> {
        // Taken before the files are opened: of what is replaced in between, the next look sees that it is newer.
        let files = stamp(config)?;
        if let ArchivePlace::File(path) = &config.file
            && is_mbtiles(path).map_err(|source| OpenArchiveError::Open { file: config.file.clone(), source })?
        {
            if !config.patches.is_empty() {
                return Err(OpenArchiveError::Patches { file: config.file.clone() });
            }
            let failed = |source| OpenArchiveError::Mbtiles { file: config.file.clone(), source: Box::new(source) };
            return Self::of_mbtiles(MbtilesFile::open(path).map_err(failed)?, files).map_err(failed);
        }
        let replaced = Arc::new(AtomicBool::new(false));
        let mut stamp = DefaultHasher::new();
        config.name.hash(&mut stamp);
        let archives: Result<Vec<_>, _> = config
            .places()
            .map(|place| {
                let unopened = |source| OpenArchiveError::Open { file: place.clone(), source };
                let bytes = ArchiveBytes::open(place, &replaced).map_err(unopened)?;
                bytes.hash_identity(&mut stamp).map_err(unopened)?;
                Archive::open(bytes).map_err(|source| OpenArchiveError::Pmtiles { file: place.clone(), source })
            })
            .collect();
        let failed = |source| OpenArchiveError::Pmtiles { file: config.file.clone(), source };
        let stack = Stack::new(archives?).map_err(failed)?;
        let opened = Self::of_pmtiles(stack, files).map_err(failed)?;
        Ok(Self { replaced, stamp: stamp.finish(), ..opened })
    }

    fn of_pmtiles(stack: Stack<ArchiveBytes>, files: u64) -> Result<Self, ArchiveError> {
        let newest = stack.newest();
        let header = newest.header();
        let metadata: serde_json::Value = serde_json::from_slice(&newest.metadata()?).unwrap_or_default();
        let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
        // MVT, PNG, JPEG, WebP, AVIF, MLT: the tile types of PMTiles 3, section 3.
        let types = [MEDIA_TYPE, "image/png", "image/jpeg", "image/webp", "image/avif", "application/vnd.maplibre-vector-tile"];
        let nth = usize::from(header.tile_type).checked_sub(1);
        Ok(Self {
            replaced: Arc::default(),
            files,
            stamp: files,
            packing: match header.tile_packing {
                Packing::Gzip => Coding::Gzip,
                Packing::Brotli => Coding::Brotli,
                Packing::Zstd => Coding::Zstd,
                _ => Coding::Identity,
            },
            media_type: nth.and_then(|nth| types.get(nth)).unwrap_or(&"application/octet-stream"),
            zooms: stack.zooms(),
            bounds: header.bounds,
            name: text("name"),
            attribution: text("attribution"),
            vector_layers: serde_json::from_value(metadata["vector_layers"].clone()).unwrap_or_default(),
            tiles: Tiles::Pmtiles(stack),
        })
    }

    fn of_mbtiles(file: MbtilesFile, files: u64) -> Result<Self, StoreError> {
        let metadata = file.metadata()?;
        let text = |key: &str| metadata.get(key).cloned().unwrap_or_default();
        let numbers: Vec<f64> = text("bounds").split(',').filter_map(|part| part.trim().parse().ok()).collect();
        let bounds = match numbers[..] {
            [west, south, east, north] if numbers.iter().all(|number| number.is_finite()) => {
                Bounds { min: [west, south], max: [east, north] }
            }
            _ => Bounds { min: [-180.0, -85.0], max: [180.0, 85.0] },
        };
        // MBTiles 1.3: the format is a name of a raster type or pbf, which is packed with gzip.
        let (media_type, packing) = match text("format").as_str() {
            "pbf" => (MEDIA_TYPE, Coding::Gzip),
            "png" => ("image/png", Coding::Identity),
            "jpg" | "jpeg" => ("image/jpeg", Coding::Identity),
            "webp" => ("image/webp", Coding::Identity),
            _ => ("application/octet-stream", Coding::Identity),
        };
        let json: serde_json::Value = serde_json::from_str(&text("json")).unwrap_or_default();
        let zoom = |key: &str, otherwise| metadata.get(key).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        Ok(Self {
            replaced: Arc::default(),
            files,
            stamp: files,
            packing,
            media_type,
            zooms: zoom("minzoom", 0)..=zoom("maxzoom", 24),
            bounds,
            name: text("name"),
            attribution: text("attribution"),
            vector_layers: serde_json::from_value(json["vector_layers"].clone()).unwrap_or_default(),
            tiles: Tiles::Mbtiles(file),
        })
    }

    /// A tile, not packed; empty where the archive has none.
    pub(crate) fn tile(&self, tile: TileCoord) -> Result<Vec<u8>, ApiError> {
        let packed = match &self.tiles {
            Tiles::Pmtiles(stack) => stack.tile(tile).map_err(|error| match &error {
                ArchiveError::Io { source, .. } => match Elsewhere::of(source) {
                    Some(elsewhere) => elsewhere.told(),
                    None => ApiError::internal(&error),
                },
                // Not our failure: whoever asks can be told what is wrong with the file.
                damage => ApiError::archive(damage),
            })?,
            Tiles::Mbtiles(file) => file.tile(tile).map_err(|error| ApiError::internal(&error))?,
        };
        let Some(packed) = packed else { return Ok(Vec::new()) };
        // Not every MBTiles file keeps its word about gzip.
        let packing =
            if self.packing == Coding::Gzip && !packed.starts_with(&[0x1f, 0x8b]) { Coding::Identity } else { self.packing };
        packing.decode(&packed).map_err(|error| ApiError::archive(&error))
    }
}

/// MBTiles is SQLite, and says so in its first bytes.
fn is_mbtiles(file: &Path) -> io::Result<bool> {
    let mut magic = [0; 16];
    let read = File::open(file)?.read_at(&mut magic, 0)?;
    Ok(magic[..read] == *b"SQLite format 3\0")
}

/// The archive's name, and which files it is of: their number, length and age. Of what is on another server, nothing.
fn stamp(config: &ArchiveConfig) -> Result<u64, OpenArchiveError> {
    let mut hasher = DefaultHasher::new();
    config.name.hash(&mut hasher);
    for place in config.places() {
        if let ArchivePlace::File(path) = place {
            let metadata = std::fs::metadata(path);
            let metadata = metadata.map_err(|source| OpenArchiveError::Open { file: place.clone(), source })?;
            hash_of_file(&metadata, &mut hasher);
        }
    }
    Ok(hasher.finish())
}
