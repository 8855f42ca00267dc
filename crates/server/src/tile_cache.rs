//! Tiles that were made, kept as they are sent, so that a warm one costs neither encoding nor packing.
//!
//! A tile is made once however many ask for it at the same time; when the one who made it for all goes away, another takes
//! over. What is least wanted goes first when the bytes that were allowed are full.

use crate::coding::Coding;
use crate::error::ApiError;
use crate::state::AppState;
use axum::body::Bytes;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use urbis_model::TileCoord;
use urbis_query::Cancel;

/// Bytes that an entry takes beside its body, about.
const ENTRY_BYTES: u32 = 256;
/// Tiles whose content is remembered by digest, some 100 bytes each.
const SETTLED_TILES: u64 = 200_000;

/// Which tile in which state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TileKey {
    /// What it is a tile of: city, layers, definitions.
    pub(crate) source: u64,
    /// Which.
    pub(crate) tile: TileCoord,
    /// The state that its bytes are of; another one may give the same bytes.
    pub(crate) stamp: u64,
}

/// A tile as it is sent.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The stamp that its content had first: what the ETag says.
    pub(crate) version: u64,
    /// Empty where nothing is.
    pub(crate) body: Bytes,
}

/// What a tile's content was.
#[derive(Clone, Copy, Debug)]
struct Settled {
    stamp: u64,
    version: u64,
    content: u64,
}

/// The cache.
pub(crate) struct TileCache {
    kept: moka::future::Cache<(TileKey, Coding), Arc<Kept>>,
    settled: moka::sync::Cache<(u64, TileCoord), Settled>,
}

impl TileCache {
    /// A cache of at most so many bytes.
    pub(crate) fn new(max_bytes: u64) -> Self {
        let weigh = |_: &(TileKey, Coding), kept: &Arc<Kept>| {
            ENTRY_BYTES.saturating_add(u32::try_from(kept.body.len()).unwrap_or(u32::MAX))
        };
        Self {
            kept: moka::future::Cache::builder().max_capacity(max_bytes).weigher(weigh).build(),
            settled: moka::sync::Cache::new(SETTLED_TILES),
        }
    }

    /// The version that the tile's ETag says, as far as it is known without making the tile.
    pub(crate) fn version(&self, key: &TileKey) -> Option<u64> {
        match self.settled.get(&(key.source, key.tile)) {
            None => Some(key.stamp),
            Some(settled) => (settled.stamp == key.stamp).then_some(settled.version),
        }
    }

    /// The tile, made by `make` (not packed) when it is not there.
    ///
    /// # Errors
    /// What `make` answers; 503 when too much work waits.
    pub(crate) async fn tile(
        &self,
        state: &AppState,
        key: TileKey,
        coding: Coding,
        make: impl FnOnce(&Cancel) -> Result<Vec<u8>, ApiError> + Send + 'static,
    ) -> Result<Arc<Kept>, ApiError> {
        if let Some(kept) = self.kept.get(&(key, coding)).await {
            metrics::counter!("urbis_tile_cache_hits_total").increment(1);
            return Ok(kept);
        }
        metrics::counter!("urbis_tile_cache_misses_total").increment(1);
        let settled = self.settled.clone();
        let workers = state.workers.clone();
        let made = async move {
            let (body, content) = workers
                .run(move |cancel| {
                    let bytes = make(cancel)?;
                    let content = digest(&bytes);
                    let body = if bytes.is_empty() { Ok(bytes) } else { coding.encode(bytes) };
                    Ok((body.map_err(|error| ApiError::internal(&error))?, content))
                })
                .await?;
            let before = settled.get(&(key.source, key.tile));
            let version = before.filter(|before| before.content == content).map_or(key.stamp, |before| before.version);
            settled.insert((key.source, key.tile), Settled { stamp: key.stamp, version, content });
            Ok(Arc::new(Kept { version, body: body.into() }))
        };
        let kept = self.kept.try_get_with((key, coding), made).await;
        metrics::gauge!("urbis_tile_cache_bytes").set(self.kept.weighted_size() as f64);
        kept.map_err(|error: Arc<ApiError>| error.as_ref().clone())
    }
}

/// SipHash; never leaves the process.
fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::of_an_empty_city;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    fn key(stamp: u64, x: u64) -> TileKey {
        TileKey { source: 1, tile: TileCoord::new(10, x, 0).unwrap(), stamp }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn many_who_ask_at_once_make_it_once() {
        let (_folder, state) = of_an_empty_city();
        let cache = Arc::new(TileCache::new(1 << 20));
        let made = Arc::new(AtomicUsize::new(0));
        let ask = |_| {
            let (cache, state, made) = (cache.clone(), state.clone(), made.clone());
            tokio::spawn(async move {
                let make = move |_: &Cancel| {
                    made.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(50));
                    Ok(b"tile".to_vec())
                };
                cache.tile(&state, key(7, 0), Coding::Identity, make).await.unwrap().body.clone()
            })
        };
        for asked in (0..50).map(ask).collect::<Vec<_>>() {
            assert_eq!(asked.await.unwrap().as_ref(), b"tile");
        }
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn whoever_leaves_while_making_it_leaves_it_to_another() {
        let (_folder, state) = of_an_empty_city();
        let cache = Arc::new(TileCache::new(1 << 20));
        let (asking, asking_state) = (cache.clone(), state.clone());
        let first = tokio::spawn(async move {
            let wait = |cancel: &Cancel| {
                let flag = cancel.flag.clone().unwrap();
                while !flag.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(ApiError::busy())
            };
            asking.tile(&asking_state, key(7, 0), Coding::Identity, wait).await
        });
        tokio::time::sleep(Duration::from_millis(30)).await;
        let second = tokio::spawn(async move { cache.tile(&state, key(7, 0), Coding::Identity, |_| Ok(b"tile".to_vec())).await });
        tokio::time::sleep(Duration::from_millis(30)).await;
        first.abort();
        assert_eq!(second.await.unwrap().unwrap().body.as_ref(), b"tile");
    }

    #[tokio::test]
    async fn a_new_state_with_the_same_bytes_keeps_the_version() {
        let (_folder, state) = of_an_empty_city();
        let cache = TileCache::new(1 << 20);
        assert_eq!(cache.version(&key(7, 0)), Some(7));
        for (stamp, bytes, version) in [(7, "a", 7), (8, "a", 7), (9, "b", 9), (10, "b", 9), (11, "", 11)] {
            let make = move |_: &Cancel| Ok(bytes.as_bytes().to_vec());
            let kept = cache.tile(&state, key(stamp, 0), Coding::Identity, make).await.unwrap();
            assert_eq!((kept.version, kept.body.as_ref()), (version, bytes.as_bytes()));
            assert_eq!(cache.version(&key(stamp, 0)), Some(version));
        }
        assert_eq!(cache.version(&key(12, 0)), None, "it may or may not be as before");
    }

    #[tokio::test]
    async fn it_stays_within_its_bytes() {
        let (_folder, state) = of_an_empty_city();
        let cache = TileCache::new(100_000);
        for x in 0..300 {
            cache.tile(&state, key(7, x), Coding::Identity, |_| Ok(vec![1; 2_000])).await.unwrap();
        }
        cache.kept.run_pending_tasks().await;
        let bytes = cache.kept.weighted_size();
        assert!((50_000..=100_000).contains(&bytes), "{bytes}");
    }
}
