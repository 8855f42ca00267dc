//! A filter and the features it is asked of.

use super::{
    Filter,
    compile::{Condition, Node, TextTest, folded},
    evaluate,
    spatial::{Place, PlaceTest},
};
use urbis_model::FeatureBatch;

/// A filter bound to features; shared by all threads.
pub(crate) struct BoundFilter<'a> {
    condition: &'a Condition,
    features: &'a FeatureBatch,
    /// For each text test, its answer to each distinct text; none where rows are fewer than texts.
    tables: Vec<Option<Vec<bool>>>,
}

/// A bound filter for one thread.
pub(crate) struct FilterTest<'a> {
    pub(super) bound: &'a BoundFilter<'a>,
    places: Vec<PlaceTest<'a>>,
}

impl Filter {
    /// Binds the filter to features of its schema, of which about `rows` will be asked.
    pub(crate) fn bind<'a>(&'a self, features: &'a FeatureBatch, rows: usize) -> BoundFilter<'a> {
        let mut tables: Vec<Option<Vec<bool>>> = vec![None; self.condition.text_tests];
        for_each_text_test(&self.condition.root, &mut |column, slot, fold, test| {
            let Some(texts) = features.columns()[column].as_text() else { return };
            let dictionary = texts.dictionary();
            if dictionary.len() <= rows {
                tables[slot] =
                    Some(dictionary.map(|text| if fold { test.holds(&folded(text)) } else { test.holds(text) }).collect());
            }
        });
        BoundFilter { condition: &self.condition, features, tables }
    }
}

fn for_each_text_test<'a>(node: &'a Node, on: &mut impl FnMut(usize, usize, bool, &'a TextTest)) {
    match node {
        Node::ColumnText { column, slot, fold, test } => on(*column, *slot, *fold, test),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| for_each_text_test(part, on)),
        Node::Not(part) | Node::ConditionIsNull(part) => for_each_text_test(part, on),
        Node::Bools(_, one, other) => {
            for_each_text_test(one, on);
            for_each_text_test(other, on);
        }
        _ => {}
    }
}

impl<'a> BoundFilter<'a> {
    /// The test for one thread.
    pub(crate) fn test(&'a self) -> FilterTest<'a> {
        FilterTest { bound: self, places: self.condition.places.iter().map(Place::test).collect() }
    }

    pub(super) fn features(&self) -> &'a FeatureBatch {
        self.features
    }

    pub(super) fn table(&self, slot: usize) -> Option<&[bool]> {
        self.tables[slot].as_deref()
    }
}

impl FilterTest<'_> {
    /// Whether it looks at geometry.
    pub(crate) fn reads_shapes(&self) -> bool {
        !self.places.is_empty()
    }

    /// Whether the feature at a position matches; unknown is no.
    pub(crate) fn matches(&self, position: usize) -> bool {
        evaluate::truth(self, &self.bound.condition.root, position) == Some(true)
    }

    pub(super) fn is_there(&self, slot: usize, position: usize) -> bool {
        self.places[slot].holds(self.bound.features.geometry(position))
    }
}
