//! Values that a Shapefile can't hold as they are.

use crate::encoding::Target;
use std::borrow::Cow;
use urbis_model::{FeatureBatch, Value};

/// Digits of an integer that a dBASE field holds so that others read it as one; one more and they take it for a decimal
/// number (GDAL: `OFTInteger64` up to 18).
const MAX_INT: u64 = 999_999_999_999_999_999;
/// What stands for a character that the encoding does not have.
const REPLACEMENT: &str = "?";

/// What can't be held, a sentence for each column.
pub(super) fn unfit(features: &FeatureBatch, positions: &[u32], encoding: Target) -> Vec<String> {
    let mut warnings = Vec::new();
    for (field, column) in features.schema().fields().iter().zip(features.columns()) {
        let (mut texts, mut example, mut integers) = (0u64, None, 0u64);
        for position in positions {
            match column.value(*position as usize) {
                Value::Text(text) => {
                    if let Some(strange) = text.chars().find(|character| !encoding.has(*character)) {
                        texts += 1;
                        example.get_or_insert(strange);
                    }
                }
                Value::Int(number) => integers += u64::from(number.unsigned_abs() > MAX_INT),
                _ => {}
            }
        }
        if let Some(example) = example {
            warnings.push(format!(
                "column {:?}: {texts} texts have characters that {} does not have, such as {example}, and a {REPLACEMENT} in their place; --encoding GB18030 or UTF-8 has them",
                field.name, encoding.label
            ));
        }
        if integers > 0 {
            warnings.push(format!(
                "column {:?}: {integers} integers have more than 18 digits, which programs read from a Shapefile as rounded decimal numbers; --format gpkg keeps them",
                field.name
            ));
        }
    }
    warnings
}

/// A text with a mark for each character that the encoding does not have; GDAL would leave them out.
pub(super) fn fitted(text: &str, encoding: Target) -> Cow<'_, str> {
    if text.chars().all(|character| encoding.has(character)) {
        return Cow::Borrowed(text);
    }
    let mut fitted = String::with_capacity(text.len());
    for character in text.chars() {
        if encoding.has(character) { fitted.push(character) } else { fitted.push_str(REPLACEMENT) }
    }
    Cow::Owned(fitted)
}
