//! What is prepared of the city for tiles, and which revision last changed each tile.
//!
//! A version of a layer is prepared when its first tile is asked for or about to be, or when it follows one whose tiles were. Then its
//! prepared features are compared with those before (design, decision 7): only tiles that can differ get a new version,
//! all others are as clients hold them, and are not encoded again.

use crate::error::ApiError;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;
use tokio::sync::Semaphore;
use urbis_model::{LayerName, TileCoord};
use urbis_query::{Cancel, LayerSnapshot};
use urbis_tiles::dirty::{State, dirty_tiles};
use urbis_tiles::versions::TileVersions;
use urbis_tiles::{LayerDefinition, TileInput, TileLayer};
use urbis_wire::tilejson::VectorLayer;

/// States kept of each layer: the current one, the one before for clients under way, one asked for by `version=`.
const KEPT_STATES: usize = 3;

/// How layers are tiled, and their tile geometry, prepared on first use or just before.
pub(crate) struct TileLayers {
    entries: Mutex<HashMap<LayerName, Vec<Arc<Entry>>>>,
    /// Lets one list of layers at a time be prepared ahead.
    ahead: Arc<Semaphore>,
}

/// One version of a layer.
pub(crate) struct Entry {
    /// The identity of its city: revisions of two cities say nothing of each other.
    city: Arc<str>,
    snapshot: Arc<LayerSnapshot>,
    /// How it is tiled.
    pub(crate) definition: LayerDefinition,
    /// The definition's digest.
    pub(crate) digest: u64,
    /// `point`, `line`, `polygon`, `surface` or `mixed`.
    pub(crate) family: &'static str,
    /// The last version before of which tiles were given out, until both are compared.
    before: Mutex<Option<Arc<Self>>>,
    prepared: OnceLock<Prepared>,
    is_ahead: AtomicBool,
}

/// What tiles are made of.
struct Prepared {
    layer: TileLayer,
    versions: TileVersions,
}

impl TileLayers {
    pub(crate) fn new() -> Self {
        Self { entries: Mutex::default(), ahead: Arc::new(Semaphore::new(1)) }
    }

    /// Prepares layers in the background, one after the other and each once, for whoever is about to ask for their tiles.
    pub(crate) fn prepare_ahead(&self, entries: impl Iterator<Item = Arc<Entry>>) {
        let is_new = |entry: &Arc<Entry>| entry.prepared.get().is_none() && !entry.is_ahead.swap(true, Ordering::Relaxed);
        let entries: Vec<Arc<Entry>> = entries.filter(is_new).collect();
        if entries.is_empty() {
            return;
        }
        let turn = Arc::clone(&self.ahead).acquire_owned();
        tokio::spawn(async move {
            let _turn = turn.await;
            for entry in entries {
                let name = entry.snapshot.info().name.clone();
                if let Err(error) = tokio::task::spawn_blocking(move || {
                    entry.prepare();
                })
                .await
                {
                    tracing::error!(layer = %name, %error, "preparing the layer's tiles failed");
                }
            }
        });
    }

    /// How the layer is tiled. Kept of each layer of this city: its newest state, and those last asked for.
    pub(crate) fn entry(&self, city: &Arc<str>, layer: &Arc<LayerSnapshot>) -> Arc<Entry> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let states = entries.entry(layer.info().name.clone()).or_default();
        states.retain(|entry| entry.city == *city);
        let (version, revision) = (layer.info().version, layer.info().revision);
        let is_this = |entry: &&Arc<Entry>| entry.snapshot.info().version == version && entry.revision() == revision;
        if let Some(entry) = states.iter().find(is_this) {
            return Arc::clone(entry);
        }
        // Only what is current follows something: a version that is asked for by its number is as it always was.
        let newest = states.iter().max_by_key(|entry| entry.revision());
        let before = newest.filter(|newest| newest.revision() < revision).and_then(Entry::last_prepared);
        let entry = Arc::new(Entry::new(Arc::clone(city), Arc::clone(layer), before));
        states.insert(0, Arc::clone(&entry));
        let newest = states.iter().map(|entry| entry.revision()).max();
        if states.len() > KEPT_STATES
            && let Some(oldest) = states.iter().rposition(|kept| Some(kept.revision()) != newest)
        {
            states.remove(oldest);
        }
        entry
    }

    /// Lets go of a layer that the city has no more.
    pub(crate) fn forget(&self, layer: &LayerName) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(layer);
    }
}

impl Entry {
    fn new(city: Arc<str>, snapshot: Arc<LayerSnapshot>, before: Option<Arc<Self>>) -> Self {
        let definition = LayerDefinition::for_kind(snapshot.info().kind, snapshot.features().schema());
        let family = urbis_wire::geometry_family(snapshot.features().geometries().iter().map(|geometry| geometry.kind()));
        let digest = definition.digest();
        Self {
            city,
            snapshot,
            definition,
            digest,
            family,
            before: Mutex::new(before),
            prepared: OnceLock::new(),
            is_ahead: AtomicBool::new(false),
        }
    }

    fn revision(&self) -> u64 {
        self.snapshot.info().revision
    }

    fn before(&self) -> MutexGuard<'_, Option<Arc<Self>>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This version or, when no tile of it was asked for, the one before.
    fn last_prepared(this: &Arc<Self>) -> Option<Arc<Self>> {
        if this.prepared.get().is_some() { Some(Arc::clone(this)) } else { this.before().take() }
    }

    /// Whether the tiles' versions are known; else [`Entry::prepare`] finds them.
    pub(crate) fn is_settled(&self) -> bool {
        self.prepared.get().is_some() || self.before().is_none()
    }

    /// Prepares the tile geometry and compares it with the version's before, once; who comes meanwhile waits.
    pub(crate) fn prepare(&self) -> &TileLayer {
        let prepare = || {
            let features = self.snapshot.features();
            let layer = TileLayer::prepare(self.snapshot.info().name.clone(), features, self.definition.clone());
            let mut versions = TileVersions::new(self.definition.max_zoom, self.revision());
            let before = self.before().clone();
            if let Some((before, old)) = before.as_ref().and_then(|before| Some((before, before.prepared.get()?)))
                && before.definition == self.definition
            {
                let old_state = State { layer: &old.layer, features: before.snapshot.features() };
                let dirty = dirty_tiles(old_state, State { layer: &layer, features }, 0..=self.definition.max_zoom);
                versions = old.versions.clone();
                versions.change(&dirty, self.revision());
            }
            metrics::counter!("urbis_tile_layers_prepared_total").increment(1);
            Prepared { layer, versions }
        };
        let prepared = self.prepared.get_or_init(prepare);
        *self.before() = None;
        &prepared.layer
    }

    /// The revision that last changed a tile.
    pub(crate) fn tile_version(&self, tile: TileCoord) -> u64 {
        self.prepared.get().map_or(self.revision(), |prepared| prepared.versions.of(tile))
    }
}

/// The tile's bytes, not yet coded; empty where nothing is. Given up, and counted, once the client has gone.
pub(crate) fn encode(entries: &[Arc<Entry>], tile: TileCoord, cancel: &Cancel) -> Result<Vec<u8>, ApiError> {
    let given_up = || {
        metrics::counter!("urbis_tiles_given_up_total").increment(1);
        ApiError::busy()
    };
    let prepared: Vec<&TileLayer> = entries.iter().map(|entry| entry.prepare()).collect();
    if is_over(cancel) {
        return Err(given_up());
    }
    let candidates: Vec<Vec<u32>> = entries
        .iter()
        .zip(&prepared)
        .map(|(entry, prepared)| entry.snapshot.candidates(&tile.bounds(prepared.margin())).collect())
        .collect();
    let inputs: Vec<TileInput<'_>> = entries
        .iter()
        .zip(&prepared)
        .zip(&candidates)
        .map(|((entry, prepared), candidates)| TileInput { layer: prepared, features: entry.snapshot.features(), candidates })
        .collect();
    let encoded = urbis_tiles::encode_unless(tile, &inputs, &|| is_over(cancel));
    encoded.map(|tile| tile.bytes).map_err(|_| given_up())
}

impl Entry {
    /// What TileJSON says of the layer and, if it has one, its companion of label points.
    pub(crate) fn describe(&self) -> impl Iterator<Item = VectorLayer> {
        let info = self.snapshot.info();
        let fields = self.definition.vector_layer_fields();
        self.definition.names_in_tiles(info.name.as_str()).map(move |(id, zooms)| VectorLayer {
            id,
            description: info.metadata.title.clone(),
            fields: fields.iter().map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned())).collect(),
            minzoom: *zooms.start(),
            maxzoom: *zooms.end(),
        })
    }
}

/// Whether nobody waits for the answer any more, or for too long.
fn is_over(cancel: &Cancel) -> bool {
    let left = cancel.flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed));
    left || cancel.deadline.is_some_and(|deadline| Instant::now() >= deadline)
}
