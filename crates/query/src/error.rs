//! Why a question has no answer.

use thiserror::Error;
use urbis_model::{FeatureId, LayerName};
use urbis_store::StoreError;

/// Why a question has no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The deadline passed or the caller gave up.
    #[error("the question was given up before its answer was complete")]
    Cancelled,
    /// The store could not be read.
    #[error(transparent)]
    Store(StoreError),
    /// No layer of this name.
    #[error("the city has no layer {layer}; it has {}", if known.is_empty() { "none" } else { known })]
    UnknownLayer {
        /// The name asked for.
        layer: LayerName,
        /// The names there are, comma-separated.
        known: String,
    },
    /// No column of this name.
    #[error("layer {layer} has no column {column:?}; it has {}", if known.is_empty() { "none" } else { known })]
    UnknownColumn {
        /// The layer.
        layer: LayerName,
        /// The name asked for.
        column: String,
        /// The names there are, comma-separated.
        known: String,
    },
    /// A column that has no numbers.
    #[error("column {column:?} of layer {layer} is of type {found}; a sum or mean needs int or float")]
    NotANumber {
        /// The layer.
        layer: LayerName,
        /// The column.
        column: String,
        /// Its type.
        found: &'static str,
    },
    /// A filter that was compiled for other columns.
    #[error("the filter was made for other columns than those of layer {layer}")]
    OtherSchema {
        /// The layer.
        layer: LayerName,
    },
    /// A layer with one feature id twice.
    #[error("layer {layer} has the feature id {id} twice")]
    DuplicateId {
        /// The layer.
        layer: LayerName,
        /// The id.
        id: FeatureId,
    },
    /// A layer that would need more memory than the city may take.
    #[error("layer {layer} needs some {needed_mib} MiB of memory, and {left_mib} MiB of what the city may take are left")]
    Memory {
        /// The layer.
        layer: LayerName,
        /// What it needs, as far as its first features tell.
        needed_mib: u64,
        /// What is left for it.
        left_mib: u64,
    },
    /// A layer with more features than positions are counted for.
    #[error("layer {layer} has {count} features; at most {} are held in memory", u32::MAX)]
    TooMany {
        /// The layer.
        layer: LayerName,
        /// How many.
        count: usize,
    },
    /// A batch that could not be put together with those before it.
    #[error("layer {layer} can't be held in memory")]
    Feature {
        /// The layer.
        layer: LayerName,
        /// Why.
        #[source]
        source: urbis_model::feature::FeatureError,
    },
    /// A distance that is no length.
    #[error("{metres} m is no distance; it must be finite and not negative")]
    Distance {
        /// As given.
        metres: f64,
    },
    /// A resolution that H3 does not have.
    #[error("H3 has resolutions 0 to 15, not {resolution}")]
    Resolution {
        /// As given.
        resolution: u8,
    },
    /// More cells than an answer holds.
    #[error("the answer has more than {} cells; ask for a coarser resolution or a smaller bbox", crate::cells::MAX_CELLS)]
    TooManyCells,
    /// No layer of grids to count by.
    #[error("layer {layer} has no column of area codes, and the city has no layer of kind grid to count by")]
    NoGrids {
        /// The layer to be counted.
        layer: LayerName,
    },
    /// A layer without areas to sum up by.
    #[error("layer {layer} has no areas to sum up by")]
    NoAreas {
        /// The layer.
        layer: LayerName,
    },
    /// More columns than a layer can have.
    #[error("the areas have too many columns for sums beside them")]
    Columns(#[source] urbis_model::column::SchemaError),
    /// More areas than are summed up by.
    #[error("there are {count} areas to sum up by, and {most} are the most")]
    TooManyZones {
        /// How many there are.
        count: usize,
        /// The most.
        most: usize,
    },
    /// More pairs than an answer holds.
    #[error("the layers have more than {most} pairs; select fewer features, or ask for a shorter distance or fewer neighbours")]
    TooManyPairs {
        /// The most asked for.
        most: usize,
    },
    /// Two features of which can't be told whether one lies in the other.
    #[error(
        "whether feature {id} lies in feature {other} of the other layer can't be told: their sides cross more than {} times; simplify them, or leave one out by a filter or a bbox",
        crate::buffer::MAX_CROSSINGS
    )]
    Tangled {
        /// The feature.
        id: FeatureId,
        /// The one of the other layer.
        other: FeatureId,
    },
    /// A number of neighbours that is none, or too many.
    #[error("{k} neighbours can't be asked for; 1 to {} can", crate::MAX_NEIGHBOURS)]
    Neighbours {
        /// As given.
        k: usize,
    },
    /// Shapes that are too large to be held together.
    #[error("the shapes of the answer have more than {most} vertices together; select fewer features")]
    TooLarge {
        /// The most.
        most: usize,
    },
    /// A layer without areas to cut by.
    #[error("layer {layer} has no areas, and only areas can be laid over a layer")]
    NotAreal {
        /// The layer.
        layer: LayerName,
    },
    /// A union with something else than areas.
    #[error("feature {id} of layer {layer} is no area, and a union is one of areas with areas; select areas alone")]
    UnionOfAreas {
        /// The layer.
        layer: LayerName,
        /// The feature.
        id: FeatureId,
    },
}
