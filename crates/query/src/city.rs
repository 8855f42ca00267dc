//! The layers of a store in memory.

use crate::{LayerSnapshot, QueryError, load::of_version, room::Room};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use urbis_model::LayerName;
use urbis_store::{LayerInfo, Store};

/// How many superseded versions are kept in memory after somebody asked for them.
const KEPT_OLD_VERSIONS: usize = 4;

/// A city: every layer of a store as a snapshot, exchanged whole when the store has a newer version.
///
/// All methods take `&self` and may be called from many threads; asking never waits for a reload.
#[derive(Debug)]
pub struct City {
    store: Store,
    layers: RwLock<Arc<BTreeMap<LayerName, Arc<LayerSnapshot>>>>,
    /// The store's change token and revision that `layers` shows.
    token: AtomicU64,
    revision: AtomicU64,
    generation: AtomicU64,
    identity: RwLock<Arc<str>>,
    /// Superseded versions that were asked for, the latest asked last.
    old_versions: Mutex<VecDeque<Arc<LayerSnapshot>>>,
    /// Layers that the store could not give at the last look, and why.
    unreadable: Mutex<BTreeMap<LayerName, String>>,
    /// One reload at a time.
    reloading: Mutex<()>,
    /// The memory for features and trees.
    room: Arc<Room>,
}

impl City {
    /// Loads every layer of a store, several at a time. One that can't be read, or does not fit into `most_bytes` beside the others,
    /// does not stand in their way: [`City::unreadable`] names it.
    ///
    /// # Errors
    /// [`QueryError::Store`] when it can't be read.
    pub fn open(store: Store, most_bytes: u64) -> Result<Self, QueryError> {
        let city = Self {
            store,
            layers: RwLock::default(),
            token: AtomicU64::new(u64::MAX),
            revision: AtomicU64::new(0),
            generation: AtomicU64::new(0),
            old_versions: Mutex::default(),
            identity: RwLock::new("".into()),
            unreadable: Mutex::default(),
            reloading: Mutex::default(),
            room: Room::of(most_bytes),
        };
        city.refresh()?;
        Ok(city)
    }

    /// Takes over what changed in the store and gives the names of layers that are new, changed or gone. Costs
    /// microseconds when nothing did. Others go on with the snapshots they have, and get the new ones when all are there.
    /// A layer whose new version can't be read stays at the one that is held; [`City::unreadable`] says why.
    ///
    /// # Errors
    /// [`QueryError::Store`] when the store as a whole can't be read; then everything is as it was.
    pub fn refresh(&self) -> Result<Vec<LayerName>, QueryError> {
        let _one = self.reloading.lock().unwrap_or_else(PoisonError::into_inner);
        let token = self.store.change_token().map_err(QueryError::Store)?;
        if token == self.token.load(Ordering::Acquire) {
            return Ok(Vec::new());
        }
        let before = self.current();
        let infos = self.store.layers().map_err(QueryError::Store)?;
        let identity: Arc<str> = self.store.identity().map_err(QueryError::Store)?.into();
        let revision = infos.iter().map(|info| info.revision).max().unwrap_or(0);
        let loaded: Vec<(LayerName, Result<Arc<LayerSnapshot>, QueryError>)> = infos
            .into_par_iter()
            .map(|info| {
                let name = info.name.clone();
                let loaded = match before.get(&name) {
                    Some(held) if is_held(held.info(), &info) => Ok(held.clone()),
                    _ => self.read(info),
                };
                (name, loaded)
            })
            .collect();
        let mut layers = BTreeMap::new();
        let mut unreadable = BTreeMap::new();
        for (name, loaded) in loaded {
            let snapshot = match loaded {
                Ok(snapshot) => Some(snapshot),
                Err(error) => {
                    unreadable.insert(name.clone(), chain(&error));
                    before.get(&name).cloned()
                }
            };
            layers.extend(snapshot.map(|snapshot| (name, snapshot)));
        }
        *self.unreadable.lock().unwrap_or_else(PoisonError::into_inner) = unreadable;
        let is_same = |name: &LayerName, one: &Arc<LayerSnapshot>| layers.get(name).is_some_and(|other| Arc::ptr_eq(one, other));
        let mut changed: Vec<LayerName> =
            before.iter().filter(|(name, held)| !is_same(name, held)).map(|(name, _)| name.clone()).collect();
        changed.extend(layers.keys().filter(|name| !before.contains_key(name)).cloned());
        changed.sort_unstable();
        // All while nobody can look at the layers: who has seen the new ones has the new generation too.
        let mut current = self.layers.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(layers);
        *self.identity.write().unwrap_or_else(PoisonError::into_inner) = identity;
        self.revision.store(revision, Ordering::Release);
        self.generation.fetch_add(1, Ordering::Release);
        drop(current);
        self.token.store(token, Ordering::Release);
        Ok(changed)
    }

    /// Which city it is: differs for a city that was built anew in the same place.
    pub fn identity(&self) -> Arc<str> {
        self.identity.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Layers that could not be read when they last changed, and why; none most of the time.
    pub fn unreadable(&self) -> BTreeMap<LayerName, String> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The current layers, by name.
    pub fn layers(&self) -> Vec<Arc<LayerSnapshot>> {
        self.current().values().cloned().collect()
    }

    /// The current version of a layer.
    pub fn layer(&self, name: &LayerName) -> Option<Arc<LayerSnapshot>> {
        self.current().get(name).cloned()
    }

    /// A kept version of a layer, read from the store when it is not the current one; the last few asked for stay
    /// in memory.
    ///
    /// # Errors
    /// [`QueryError::UnknownLayer`], or [`QueryError::Store`] that names the versions there are.
    pub fn layer_version(&self, name: &LayerName, version: u64) -> Result<Arc<LayerSnapshot>, QueryError> {
        let current = self.current();
        let held = current.get(name).ok_or_else(|| QueryError::UnknownLayer {
            layer: name.clone(),
            known: current.keys().map(LayerName::as_str).collect::<Vec<_>>().join(", "),
        })?;
        if held.info().version == version {
            return Ok(held.clone());
        }
        // The store is asked first: a version that was swept since is not answered from memory.
        let info = self.store.layer(name).map_err(QueryError::Store)?;
        let info = of_version(info, version)?;
        let is_it = |old: &Arc<LayerSnapshot>| old.info().name == *name && old.info().revision == info.revision;
        let mut old_versions = self.old_versions.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = match old_versions.iter().position(is_it).and_then(|index| old_versions.remove(index)) {
            Some(old) => old,
            None => {
                drop(old_versions);
                let loaded = Arc::new(LayerSnapshot::read(&self.store, info, &self.room)?);
                old_versions = self.old_versions.lock().unwrap_or_else(PoisonError::into_inner);
                loaded
            }
        };
        old_versions.push_back(snapshot.clone());
        if old_versions.len() > KEPT_OLD_VERSIONS {
            old_versions.pop_front();
        }
        Ok(snapshot)
    }

    /// A new version of a layer. It has more right to memory than old ones that somebody asked for.
    fn read(&self, info: LayerInfo) -> Result<Arc<LayerSnapshot>, QueryError> {
        let read = LayerSnapshot::read(&self.store, info.clone(), &self.room);
        let read = match read {
            Err(QueryError::Memory { .. }) => {
                self.old_versions.lock().unwrap_or_else(PoisonError::into_inner).clear();
                LayerSnapshot::read(&self.store, info, &self.room)
            }
            read => read,
        };
        read.map(Arc::new)
    }

    /// The city's revision; only grows, unless the city is built anew.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// How often the layers were exchanged. What was computed from them, after this was read, holds for as long as it is the same.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn current(&self) -> Arc<BTreeMap<LayerName, Arc<LayerSnapshot>>> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Whether a held layer is what the store has: a rebuilt city may count the same revisions, but at other instants.
fn is_held(held: &urbis_store::LayerInfo, stored: &urbis_store::LayerInfo) -> bool {
    held.revision == stored.revision && held.versions.last() == stored.versions.last()
}

/// An error and its causes in one line.
fn chain(error: &QueryError) -> String {
    let mut line = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests;
