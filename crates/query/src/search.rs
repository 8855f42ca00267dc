//! Finding layers and features by name, code or title.

use crate::{Cancel, City, LayerSnapshot, QueryError, representative_point};
use std::sync::Arc;
use urbis_model::{FeatureId, LonLat};

/// The columns that are searched.
const SEARCHED: [&str; 4] = ["name", "name_en", "code", "title"];

/// Something found by its text.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Its layer.
    pub layer: Arc<LayerSnapshot>,
    /// What of it.
    pub found: Found,
    /// The text that matched.
    pub text: String,
}

/// A layer or one of its features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Found {
    /// The layer itself, by its name or title.
    Layer,
    /// A feature.
    Feature {
        /// Its id.
        id: FeatureId,
        /// Where it is: its representative point.
        position: LonLat,
    },
}

/// How well a text matches; less is better: equal, then a beginning, then a part, then each word somewhere; shorter texts
/// first.
type Rank = (u8, usize);

/// `wanted` is in lower case.
fn rank(text: &str, wanted: &str) -> Option<Rank> {
    let text = text.to_lowercase();
    let how = if text == wanted {
        0
    } else if text.starts_with(wanted) {
        1
    } else if text.contains(wanted) {
        2
    } else if wanted.split_whitespace().all(|word| text.contains(word)) {
        3
    } else {
        return None;
    };
    Some((how, text.chars().count()))
}

impl City {
    /// Layers and features whose name, code or title has the text or each of its words, without regard to case; the best
    /// `limit` of them, layers before features of the same rank, then by layer and id. Nothing for a blank text.
    ///
    /// Looks at each distinct text once: a million buildings without names cost nothing.
    ///
    /// # Errors
    /// [`QueryError::Cancelled`].
    pub fn search(&self, text: &str, limit: usize, cancel: &Cancel) -> Result<Vec<Hit>, QueryError> {
        let wanted = text.trim().to_lowercase();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut hits: Vec<(Rank, Hit)> = Vec::new();
        for layer in self.layers() {
            let metadata = &layer.info().metadata;
            let titles = [layer.info().name.as_str(), &metadata.title, &metadata.title_en];
            let best = titles.into_iter().filter_map(|title| Some((rank(title, &wanted)?, title))).min();
            if let Some((rank, title)) = best {
                hits.push((rank, Hit { layer: layer.clone(), found: Found::Layer, text: title.to_owned() }));
            }
            hits.extend(features_with(&layer, &wanted, limit, cancel)?);
            // Stable: layers come by name, and within one by rank and id.
            hits.sort_by_key(|(rank, hit)| (rank.0, hit.found != Found::Layer, rank.1));
            hits.truncate(limit);
        }
        Ok(hits.into_iter().map(|(_, hit)| hit).collect())
    }
}

/// The best features of one layer.
fn features_with(
    layer: &Arc<LayerSnapshot>,
    wanted: &str,
    limit: usize,
    cancel: &Cancel,
) -> Result<Vec<(Rank, Hit)>, QueryError> {
    cancel.check()?;
    let mut pace = cancel.pace();
    let features = layer.features();
    let mut found: Vec<(Rank, u32, usize)> = Vec::new();
    for (order, name) in SEARCHED.into_iter().enumerate() {
        let Some(texts) = features.column(name).and_then(|column| column.as_text()) else { continue };
        let ranked_text = |text: &str| pace.steps(1 + text.len()).map(|()| rank(text, wanted));
        let ranks: Vec<Option<Rank>> = texts.dictionary().map(ranked_text).collect::<Result<_, _>>()?;
        if ranks.iter().all(Option::is_none) {
            continue;
        }
        let ranked = |position: usize| texts.code(position).and_then(|code| ranks[code as usize]);
        for position in 0..texts.len() {
            pace.steps(1)?;
            found.extend(ranked(position).map(|rank| (rank, position as u32, order)));
        }
        // A feature counts once, by its best column; each column keeps enough for the whole answer.
        found.sort_unstable();
        let mut seen = std::collections::HashSet::new();
        found.retain(|(_, position, _)| seen.len() < limit && seen.insert(*position));
    }
    let hit = |(rank, position, order): (Rank, u32, usize)| {
        let position = position as usize;
        let text = features.column(SEARCHED[order]).and_then(|column| column.as_text()).and_then(|texts| texts.text(position));
        let found = Found::Feature { id: features.ids()[position], position: representative_point(features.geometry(position)) };
        (rank, Hit { layer: layer.clone(), found, text: text.unwrap_or_default().to_owned() })
    };
    Ok(found.into_iter().map(hit).collect())
}

#[cfg(test)]
mod tests;
