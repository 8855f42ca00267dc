//! Filters in CQL2 (OGC 21-065r2), as text and as JSON, compiled against a layer's columns.
//!
//! Text and JSON are read into one [`syntax`] tree, [`compile`] types it against the columns, [`bind`] looks at each
//! distinct text of a column once, [`evaluate`] then tests rows. Read are: comparisons, `AND OR NOT` with SQL's
//! three-valued logic, `IN`, `BETWEEN`, `LIKE` (`%`, `_`, escape `\`), `IS NULL`, arithmetic, `CASEI`, dates and
//! timestamps with `T_BEFORE T_AFTER T_EQUALS`, and `S_INTERSECTS S_DISJOINT S_WITHIN S_CONTAINS S_EQUALS S_TOUCHES
//! S_CROSSES S_OVERLAPS` of the feature's geometry (`geometry` or `geom`) with a literal one. Beyond the standard there is
//! `S_DWITHIN(geometry, literal, metres)`: at most so far away on the ellipsoid.
//!
//! The text is parsed here and not by the `cql2` crate (0.6): its grammar tries each open parenthesis several times, so
//! 20 of them without an end held a core for 20 s; it reads integers as `f64`; and it does not say what was expected.

mod bind;
mod compile;
mod evaluate;
mod json;
mod lexer;
mod like;
mod spatial;
mod syntax;
mod temporal;
mod text;

use std::sync::Arc;
use thiserror::Error;
use urbis_model::{Bounds, FeatureBatch, Schema};

/// The longest filter in bytes: room for a drawn polygon of 20,000 vertices.
pub(crate) const MAX_FILTER_BYTES: usize = 1 << 20;
/// The deepest nesting of parentheses, functions and NOT; stops a filter of a million of them from ending the process
/// by its stack.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most operators, literals and names of a filter: an `IN` list of some 10,000 codes fits.
pub(crate) const MAX_NODES: usize = 20_000;

/// A condition on a layer's features. Cheap to clone.
///
/// ```
/// use std::sync::Arc;
/// use urbis_model::{ColumnType, Field, Schema};
/// use urbis_query::Filter;
/// let columns = vec![Field { name: "height_m".into(), column_type: ColumnType::Float }];
/// let schema = Arc::new(Schema::new(columns).unwrap());
/// assert!(Filter::parse_text("height_m > 24 AND NOT (height_m BETWEEN 50 AND 60)", &schema).is_ok());
/// let refusal = Filter::parse_text("heigth > 24", &schema).unwrap_err();
/// assert_eq!(refusal.to_string(), "there is no property \"heigth\"; there are height_m");
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    schema: Arc<Schema>,
    condition: Arc<compile::Condition>,
}

/// Why a text is no filter of this layer.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum FilterError {
    /// Too long.
    #[error("the filter has {bytes} bytes, more than {MAX_FILTER_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Nested too deeply.
    #[error("the filter is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// Too many parts.
    #[error("the filter has more than {MAX_NODES} operators, literals and names")]
    TooLarge,
    /// Not CQL2 text.
    #[error("expected {expected} at character {character}, found {found}")]
    Syntax {
        /// What should stand there.
        expected: &'static str,
        /// Where, counted from 1.
        character: usize,
        /// What stands there.
        found: String,
    },
    /// Not CQL2 JSON.
    #[error("CQL2 JSON: {reason}")]
    Json {
        /// What is wrong.
        reason: String,
    },
    /// A property that the layer does not have.
    #[error("there is no property {name:?}; there are {}", if known.is_empty() { "none" } else { known })]
    UnknownProperty {
        /// The name.
        name: String,
        /// The columns, comma-separated.
        known: String,
    },
    /// An operator or function that is not read.
    #[error("{name:?} is not supported; supported are {SUPPORTED}")]
    Unsupported {
        /// Its name.
        name: String,
    },
    /// Operands whose types don't go together.
    #[error("{operator} can't compare {left} with {right}")]
    Mismatch {
        /// The operator.
        operator: String,
        /// What stands on the left.
        left: String,
        /// What stands on the right.
        right: String,
    },
    /// Something of another type than needed.
    #[error("{operator} needs {expected}, found {found}")]
    Operand {
        /// The operator.
        operator: String,
        /// What it needs.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A text that is no date or instant.
    #[error("{text:?} is no {expected}")]
    Time {
        /// The text.
        text: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A geometry that is none.
    #[error("a geometry of the filter is not valid")]
    Shape(#[source] crate::ShapeError),
}

const SUPPORTED: &str = "= <> < <= > >= AND OR NOT IN BETWEEN LIKE IS NULL + - * / % ^ DIV CASEI DATE TIMESTAMP T_BEFORE T_AFTER T_EQUALS S_INTERSECTS S_DISJOINT S_WITHIN S_CONTAINS S_EQUALS S_TOUCHES S_CROSSES S_OVERLAPS S_DWITHIN BBOX";

impl Filter {
    /// Reads CQL2 text.
    ///
    /// # Errors
    /// [`FilterError`] says what is wrong and where.
    pub fn parse_text(text: &str, schema: &Arc<Schema>) -> Result<Self, FilterError> {
        check_length(text)?;
        Self::compile(&text::parse(text)?, schema)
    }

    /// Reads CQL2 JSON.
    ///
    /// # Errors
    /// [`FilterError`] says what is wrong.
    pub fn parse_json(text: &str, schema: &Arc<Schema>) -> Result<Self, FilterError> {
        check_length(text)?;
        Self::compile(&json::parse(text)?, schema)
    }

    fn compile(syntax: &syntax::Syntax, schema: &Arc<Schema>) -> Result<Self, FilterError> {
        Ok(Self { condition: Arc::new(compile::condition(syntax, schema)?), schema: schema.clone() })
    }

    /// The columns it was compiled against.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The positions of the features that it holds of.
    ///
    /// # Panics
    /// When it was compiled against other columns.
    pub fn positions(&self, features: &FeatureBatch) -> Vec<u32> {
        assert_eq!(self.schema(), features.schema(), "a filter is of its columns");
        let bound = self.bind(features, features.len());
        let test = bound.test();
        (0..features.len() as u32).filter(|position| test.matches(*position as usize)).collect()
    }

    /// A box that every matching feature meets, where the filter says so.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        self.condition.bounds()
    }
}

fn check_length(text: &str) -> Result<(), FilterError> {
    if text.len() > MAX_FILTER_BYTES { Err(FilterError::TooLong { bytes: text.len() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
