//! Notices what another process imported.

use crate::archives::Archives;
use crate::state::AppState;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use urbis_model::LayerName;

/// How often the city file is looked at: a change shows within this plus its loading time. A look costs microseconds.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Looks between two drainings of the histograms' samples, which else would pile up until somebody scrapes them: 5 s.
const UPKEEP_EVERY: u64 = 25;

/// Refreshes the city until the task is dropped.
pub(crate) async fn watch(state: AppState) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told: BTreeSet<LayerName> = BTreeSet::new();
    for tick in 0u64.. {
        ticks.tick().await;
        if tick % UPKEEP_EVERY == 0 {
            state.metrics.run_upkeep();
        }
        let city = state.city.clone();
        let changed = tokio::task::spawn_blocking(move || city.refresh()).await;
        let was_stale = state.stale.load(Ordering::Relaxed);
        match changed {
            Ok(Ok(changed)) => {
                state.stale.store(false, Ordering::Relaxed);
                let unreadable = state.city.unreadable();
                for (layer, reason) in unreadable.iter().filter(|entry| !told.contains(entry.0)) {
                    tracing::error!(%layer, reason, "the newest version of this layer can't be served");
                }
                told = unreadable.into_keys().collect();
                for layer in changed {
                    tracing::info!(%layer, "layer changed");
                    prepare_again(&state, &layer);
                }
                if was_stale {
                    tracing::info!("the city file can be read again");
                }
            }
            Ok(Err(error)) => {
                state.stale.store(true, Ordering::Relaxed);
                if !was_stale {
                    tracing::error!(error = %crate::error::chain(&error), "the city file can't be read; serving what is in memory");
                }
            }
            Err(error) => tracing::error!(%error, "looking at the city file failed"),
        }
    }
}

/// Opens archives anew that were replaced, until the task is dropped. Beside [`watch`], since another server may be slow.
pub(crate) async fn watch_archives(archives: Arc<Archives>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let archives = archives.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || archives.refresh()).await {
            tracing::error!(%error, "looking at the archives failed");
        }
    }
}

/// Finds the tiles that a change reached before they are asked for, where the layer's tiles are in use.
fn prepare_again(state: &AppState, layer: &LayerName) {
    let Some(layer) = state.city.layer(layer) else { return state.tiles.forget(layer) };
    let entry = state.tiled(&layer);
    if !entry.is_settled() {
        tokio::task::spawn_blocking(move || {
            entry.prepare();
        });
    }
}
