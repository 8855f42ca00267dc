//! One version of one layer from a store into memory.

use crate::{
    LayerSnapshot, QueryError,
    room::{Room, Taken},
};
use std::sync::Arc;
use urbis_model::{FeatureBatch, LayerName};
use urbis_store::{LayerInfo, Store, StoreError};

/// The most features that room is made for at once; past them buffers grow as they fill. Stops a file that declares
/// 2⁶⁰ rows from asking for memory that it never fills.
const MAX_RESERVED: u64 = 1 << 23;

impl LayerSnapshot {
    /// Reads one layer of a store, the current version when none is named, without the others.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use urbis_query::{LayerSnapshot, Selection};
    /// use urbis_store::{Access, Store};
    /// let store = Store::open("city.gpkg".as_ref(), Access::Read)?;
    /// let buildings = LayerSnapshot::load(&store, &"buildings".parse()?, None)?;
    /// println!("{} buildings", buildings.select(&Selection::default())?.positions.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`QueryError::UnknownLayer`] names the layers there are; [`QueryError::Store`] the versions there are, and when
    /// the store can't be read.
    pub fn load(store: &Store, name: &LayerName, version: Option<u64>) -> Result<Self, QueryError> {
        let infos = store.layers().map_err(QueryError::Store)?;
        let Some(info) = infos.iter().find(|info| info.name == *name).cloned() else {
            let known = infos.iter().map(|info| info.name.as_str()).collect::<Vec<_>>().join(", ");
            return Err(QueryError::UnknownLayer { layer: name.clone(), known });
        };
        let info = match version {
            Some(version) => of_version(info, version)?,
            None => info,
        };
        Self::read(store, info, &Room::unlimited())
    }

    /// Reads the version that `info` describes, if there is room for it.
    pub(crate) fn read(store: &Store, mut info: LayerInfo, room: &Arc<Room>) -> Result<Self, QueryError> {
        let mut features: Option<FeatureBatch> = None;
        let mut refusal = None;
        let mut taken = Taken::nothing(room);
        let read = store.read(&info.name, Some(info.version), &mut |batch| {
            let told = match &mut features {
                // An older version may have other columns than the current one: its batches tell.
                None => {
                    let mut first = batch;
                    let told = taken.up_to(&info.name, bytes_of_all(&first, info.count));
                    if told.is_ok() {
                        first.reserve_alike(info.count.min(MAX_RESERVED).saturating_sub(first.len() as u64) as usize);
                    }
                    features = Some(first);
                    told
                }
                Some(features) => {
                    let appended = features.append(&batch);
                    let refused = |source| QueryError::Feature { layer: info.name.clone(), source };
                    // More than was reckoned with from the first features on.
                    appended.map_err(refused).and_then(|()| taken.up_to(&info.name, features.heap_bytes() as u64))
                }
            };
            told.map_err(|error| {
                refusal = Some(error);
                StoreError::Stopped
            })
        });
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        read.map_err(QueryError::Store)?;
        let features = features.unwrap_or_else(|| FeatureBatch::new(info.schema.clone()));
        info.schema = features.schema().clone();
        info.bounds = features.bounds();
        let mut layer = Self::new(info, features)?;
        let bytes = layer.heap_bytes() as u64;
        taken.up_to(&layer.info().name.clone(), bytes)?;
        taken.down_to(bytes);
        layer.hold(taken);
        Ok(layer)
    }
}

/// What `count` features need that are like the first ones.
fn bytes_of_all(first: &FeatureBatch, count: u64) -> u64 {
    let bytes = first.heap_bytes() as u64;
    bytes.max((u128::from(bytes) * u128::from(count) / first.len().max(1) as u128).try_into().unwrap_or(u64::MAX))
}

/// The layer as one of its kept versions.
pub(crate) fn of_version(info: LayerInfo, version: u64) -> Result<LayerInfo, QueryError> {
    match info.versions.iter().find(|kept| kept.version == version) {
        Some(kept) => Ok(LayerInfo { version, revision: kept.revision, count: kept.count, ..info }),
        None => {
            let kept = info.versions.iter().map(|kept| kept.version).collect();
            Err(QueryError::Store(StoreError::UnknownVersion { layer: info.name, version, kept }))
        }
    }
}
