//! One version of one layer in memory.

use crate::{QueryError, room::Taken};
use rayon::prelude::*;
use std::sync::Arc;
use urbis_index::PackedRtree;
use urbis_model::{Bounds, Column, ColumnType, FeatureBatch, FeatureId};
use urbis_store::LayerInfo;

/// One version of one layer: its features in the order of their ids, and a tree over their boxes. Never changes.
#[derive(Debug)]
pub struct LayerSnapshot {
    info: LayerInfo,
    features: Arc<FeatureBatch>,
    tree: PackedRtree,
    /// The memory that it may take; none for one that no city holds.
    taken: Option<Taken>,
}

impl LayerSnapshot {
    /// A snapshot of these features. Sorts them by id where they are not, and builds the tree on all cores.
    ///
    /// # Errors
    /// [`QueryError::DuplicateId`], [`QueryError::TooMany`].
    pub fn new(info: LayerInfo, features: FeatureBatch) -> Result<Self, QueryError> {
        let count = features.len();
        if u32::try_from(count).is_err() {
            return Err(QueryError::TooMany { layer: info.name, count });
        }
        let mut features = match sorted_by_id(&features) {
            Ok(None) => features,
            Ok(Some(sorted)) => sorted,
            Err(source) => return Err(QueryError::Feature { layer: info.name, source }),
        };
        if let Some(pair) = features.ids().windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(QueryError::DuplicateId { layer: info.name, id: pair[0] });
        }
        features.shrink();
        let boxes: Vec<Bounds> = (0..count).into_par_iter().map(|index| features.geometry(index).bounds()).collect();
        Ok(Self { info, tree: PackedRtree::build(&boxes), features: Arc::new(features), taken: None })
    }

    /// Keeps what it took of a city's memory for as long as it lives.
    pub(crate) fn hold(&mut self, taken: Taken) {
        self.taken = Some(taken);
    }

    /// What the store says of the layer.
    pub fn info(&self) -> &LayerInfo {
        &self.info
    }

    /// The features, in the order of their ids; positions count into it.
    pub fn features(&self) -> &Arc<FeatureBatch> {
        &self.features
    }

    /// The position of a feature, if the layer has it. O(log n).
    pub fn position_of(&self, id: FeatureId) -> Option<usize> {
        self.features.ids().binary_search(&id).ok()
    }

    /// The positions of all features whose box meets a box, edges included, ascending; possibly a few more.
    pub fn candidates(&self, bounds: &Bounds) -> impl ExactSizeIterator<Item = u32> + use<> {
        let mut found = Vec::new();
        self.tree.window(bounds, &mut |position| found.push(position));
        found.sort_unstable();
        found.into_iter()
    }

    pub(crate) fn tree(&self) -> &PackedRtree {
        &self.tree
    }

    /// Bytes held on the heap by features and tree.
    pub fn heap_bytes(&self) -> usize {
        self.features.heap_bytes() + self.tree.heap_bytes()
    }

    /// A column by name.
    ///
    /// # Errors
    /// [`QueryError::UnknownColumn`] unless the layer has the column.
    pub fn column(&self, name: &str) -> Result<&Column, QueryError> {
        self.features.column(name).ok_or_else(|| QueryError::UnknownColumn {
            layer: self.info.name.clone(),
            column: name.to_owned(),
            known: self.features.schema().fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// A column of numbers.
    ///
    /// # Errors
    /// [`QueryError::UnknownColumn`], [`QueryError::NotANumber`].
    pub(crate) fn number_column(&self, name: &str) -> Result<&Column, QueryError> {
        let column = self.column(name)?;
        match column.column_type() {
            ColumnType::Int | ColumnType::Float => Ok(column),
            other => {
                Err(QueryError::NotANumber { layer: self.info().name.clone(), column: name.to_owned(), found: other.name() })
            }
        }
    }
}

/// The features in the order of their ids; none when they are so already.
fn sorted_by_id(features: &FeatureBatch) -> Result<Option<FeatureBatch>, urbis_model::feature::FeatureError> {
    let ids = features.ids();
    if ids.is_sorted() {
        return Ok(None);
    }
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|index| ids[*index]);
    let mut sorted = FeatureBatch::new(features.schema().clone());
    for index in order {
        sorted.push_from(features, index, ids[index])?;
    }
    Ok(Some(sorted))
}
