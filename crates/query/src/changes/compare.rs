//! In what partners differ.

use super::{
    HEIGHT_TOLERANCE_M, MOVED_TOLERANCE_M,
    matching::{KEY_COLUMN, Pair},
    shapes::Difference,
};
use crate::measure::area_m2;
use urbis_model::{ChangeClass, FeatureBatch, FeatureChange, Value, change::ChangeClasses, change::VersionedFeature};

const HEIGHT_COLUMN: &str = "height_m";

/// Two versions, and what they have in common.
pub(super) struct Comparison<'a> {
    earlier: &'a FeatureBatch,
    later: &'a FeatureBatch,
    /// Columns of one name, by position in each; the key and the height aside.
    columns: Vec<(usize, usize)>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(earlier: &'a FeatureBatch, later: &'a FeatureBatch) -> Self {
        let fields = earlier.schema().fields().iter().enumerate();
        let columns = fields
            .filter(|(_, field)| ![KEY_COLUMN, HEIGHT_COLUMN].contains(&field.name.as_str()))
            .filter_map(|(position, field)| Some((position, later.schema().position(&field.name)?)))
            .collect();
        Self { earlier, later, columns }
    }

    pub(super) fn added(&self, position: u32) -> FeatureChange {
        FeatureChange { later: Some(versioned(self.later, position)), ..only(ChangeClass::Added) }
    }

    pub(super) fn removed(&self, position: u32) -> FeatureChange {
        FeatureChange { earlier: Some(versioned(self.earlier, position)), ..only(ChangeClass::Removed) }
    }

    /// None when nothing changed.
    pub(super) fn of_pair(&self, pair: &Pair) -> Option<FeatureChange> {
        let (earlier, later) = (pair.earlier as usize, pair.later as usize);
        let mut classes = ChangeClasses::default();

        let heights = (height_m(self.earlier, earlier), height_m(self.later, later));
        if let (Some(before), Some(now)) = heights {
            if now - before > HEIGHT_TOLERANCE_M {
                classes.insert(ChangeClass::Taller);
            } else if before - now > HEIGHT_TOLERANCE_M {
                classes.insert(ChangeClass::Lower);
            }
        } else if heights.0.is_some() != heights.1.is_some() {
            // Known now and not before, or the other way: that says nothing about the building.
            classes.insert(ChangeClass::Attributes);
        }

        let difference = Difference::between(self.earlier.geometry(earlier), self.later.geometry(later));
        match &difference {
            Some(difference) if !difference.is_same_shape => classes.insert(ChangeClass::Reshaped),
            Some(difference) if difference.moved_m > MOVED_TOLERANCE_M => classes.insert(ChangeClass::Moved),
            _ => {}
        }

        let differs = |(one, other): &(usize, usize)| {
            !is_same(self.earlier.columns()[*one].value(earlier), self.later.columns()[*other].value(later))
        };
        let columns: Vec<(usize, usize)> = self.columns.iter().copied().filter(differs).collect();
        if !columns.is_empty() {
            classes.insert(ChangeClass::Attributes);
        }
        (!classes.is_empty()).then(|| FeatureChange {
            earlier: Some(versioned(self.earlier, pair.earlier)),
            later: Some(versioned(self.later, pair.later)),
            classes,
            matched_by: Some(pair.by),
            overlap: difference.as_ref().and_then(|difference| difference.overlap),
            moved_m: difference.as_ref().map(|difference| difference.moved_m),
            columns,
        })
    }
}

fn only(class: ChangeClass) -> FeatureChange {
    let classes = ChangeClasses::from_iter([class]);
    FeatureChange { earlier: None, later: None, classes, matched_by: None, overlap: None, moved_m: None, columns: Vec::new() }
}

fn versioned(features: &FeatureBatch, position: u32) -> VersionedFeature {
    let geometry = features.geometry(position as usize);
    let area_m2 = (geometry.kind().dimension() == 2).then(|| area_m2(geometry));
    VersionedFeature { position, area_m2, height_m: height_m(features, position as usize) }
}

fn height_m(features: &FeatureBatch, position: usize) -> Option<f64> {
    features.column(HEIGHT_COLUMN)?.value(position).as_number()
}

/// A number may have become a float, or an integer, with the column's type. Two integers are compared as such: as floats,
/// numbers of 18 digits that differ in the last would be one.
fn is_same(one: Value<'_>, other: Value<'_>) -> bool {
    match (one, other) {
        (Value::Int(number), Value::Float(float)) | (Value::Float(float), Value::Int(number)) => number as f64 == float,
        _ => one == other,
    }
}
