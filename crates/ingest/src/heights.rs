//! Heights of buildings out of their many spellings.

use std::borrow::Cow;
use urbis_model::Value;

/// The international foot, exactly (NIST SP 811, appendix B.8).
const FOOT_M: f64 = 0.3048;
/// The inch, exactly (same source).
const INCH_M: f64 = 0.0254;
/// The yard, exactly (same source).
const YARD_M: f64 = 0.9144;
/// Storey height used where only levels are known: the residential storey of GB 50352-2019 practice and the default of
/// OSM's Simple 3D Buildings renderers. A height made of it is marked as estimated.
pub(crate) const METRES_PER_LEVEL: f64 = 3.0;
/// No structure is taller: the tallest of 2026 stands 1,008 m planned, 828 m built.
pub(crate) const MAX_HEIGHT_M: f64 = 1_500.0;
/// No building has more levels.
const MAX_LEVELS: f64 = 300.0;

/// The unit of a height value that names none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeightUnit {
    /// Metres.
    #[default]
    Metre,
    /// International feet.
    Foot,
}

/// What a column says about height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeightColumn {
    /// Roof height above ground.
    Height,
    /// Height above ground of the lowest part.
    BaseHeight,
    /// Levels above ground.
    Levels,
    /// Levels below the lowest part.
    BaseLevels,
    /// Whether heights are measured or estimated.
    Source,
}

/// The meaning of a column by its header, and its unit where the header names one.
pub(crate) fn height_column(header: &str) -> Option<(HeightColumn, Option<HeightUnit>)> {
    use HeightColumn::{BaseHeight, BaseLevels, Height, Levels, Source};
    let lower = header.trim().to_lowercase().replace([' ', '-'], "_");
    Some(match in_full(&lower) {
        "height_m" | "高度_m" | "高度(米)" | "高度（米）" => (Height, Some(HeightUnit::Metre)),
        "height_ft" | "heightft" => (Height, Some(HeightUnit::Foot)),
        "height" | "building:height" | "building_height" | "bldg_height" | "heightroof" | "height_roof" | "roof_height_abs"
        | "measuredheight" | "层高" | "高度" | "建筑高度" | "楼高" => (Height, None),
        "base_height_m" => (BaseHeight, Some(HeightUnit::Metre)),
        "base_height" | "min_height" | "building:min_height" => (BaseHeight, None),
        "levels" | "building:levels" | "building_levels" | "num_floors" | "numfloors" | "floors" | "storeys" | "stories"
        | "storeysaboveground" | "层数" | "楼层" | "楼层数" | "地上层数" => (Levels, None),
        "min_level" | "building:min_level" => (BaseLevels, None),
        "height_source" => (Source, None),
        _ => return None,
    })
}

/// A lowercase name of a column that urbis keeps for itself, where a Shapefile has cut it to the 10 bytes of dBASE III.
pub(crate) fn in_full(name: &str) -> &str {
    match name {
        "base_heigh" => "base_height_m",
        "height_sou" => "height_source",
        name => name,
    }
}

/// A length in metres out of a value: `12`, `12.5 m`, `12,5`, `1200mm`, `40 ft`, `40'`, `40'6"`, `40ft 6in`, `12米`, `１２`;
/// of `3;4` the greater.
///
/// None when it is no length, could be two (`1,234`), is negative, or over 1,500 m.
pub(crate) fn metres(value: Value<'_>, unit: HeightUnit) -> Option<f64> {
    let metres = match value {
        Value::Int(number) => scale(number as f64, unit),
        Value::Float(number) => scale(number, unit),
        Value::Text(text) => narrow(text)
            .split(';')
            .map(|one| metres_of_text(one.trim(), unit))
            .try_fold(f64::NEG_INFINITY, |tallest: f64, one| Some(tallest.max(one?)))?,
        _ => return None,
    };
    (0.0..=MAX_HEIGHT_M).contains(&metres).then_some(metres)
}

/// Levels above ground out of a value; `3;4` counts as 4, `2.5` stays.
pub(crate) fn levels(value: Value<'_>) -> Option<f64> {
    let levels = match value {
        Value::Int(number) => number as f64,
        Value::Float(number) => number,
        Value::Text(text) => narrow(text)
            .split(';')
            .map(|one| decimal(one.trim().trim_end_matches('层').trim()))
            .try_fold(f64::NEG_INFINITY, |most: f64, one| Some(most.max(one?)))?,
        _ => return None,
    };
    (0.0..=MAX_LEVELS).contains(&levels).then_some(levels)
}

fn scale(number: f64, unit: HeightUnit) -> f64 {
    match unit {
        HeightUnit::Metre => number,
        HeightUnit::Foot => number * FOOT_M,
    }
}

/// Full-width forms as the ASCII characters that they are (Unicode, block Halfwidth and Fullwidth Forms).
fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    Cow::Owned(text.chars().map(plain).collect())
}

fn metres_of_text(text: &str, unit: HeightUnit) -> Option<f64> {
    let (number, word, rest) = quantity(text)?;
    let alone = |metres: f64| rest.is_empty().then_some(metres);
    match word.to_lowercase().as_str() {
        "" => alone(scale(number, unit)),
        "m" | "meter" | "meters" | "metre" | "metres" | "mtr" | "米" | "公尺" => alone(number),
        "ft" | "feet" | "foot" | "英尺" => Some(number * FOOT_M + inches(rest, false)? * INCH_M),
        "'" | "′" => Some(number * FOOT_M + inches(rest, true)? * INCH_M),
        "yd" | "yds" | "yard" | "yards" => alone(number * YARD_M),
        "mm" | "毫米" => alone(number / 1000.0),
        "cm" | "厘米" => alone(number / 100.0),
        "km" => alone(number * 1000.0),
        word if is_inch(word) => alone(number * INCH_M),
        _ => None,
    }
}

fn is_inch(word: &str) -> bool {
    matches!(word, "in" | "inch" | "inches" | "\"" | "″" | "''" | "英寸")
}

/// The inches that follow on feet; none are 0. After the mark of feet they need none of their own.
fn inches(text: &str, is_marked: bool) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let (number, word, rest) = quantity(text)?;
    let is_inch = is_inch(&word.to_lowercase()) || (is_marked && word.is_empty());
    (is_inch && rest.is_empty() && number >= 0.0).then_some(number)
}

/// A number, the word of its unit, and what follows that, after the hyphen of `40'-6"`.
fn quantity(text: &str) -> Option<(f64, &str, &str)> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '-' | '+')).unwrap_or(text.len());
    let number = decimal(&text[..number_end])?;
    let after = &text[number_end..];
    let word_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
    let (word, rest) = after.split_at(word_end);
    // `40 ft .5 in` is not 5 inches.
    let is_torn = word.ends_with('.') && !rest.is_empty();
    (!is_torn).then(|| (number, word.trim().trim_end_matches(['.', '-']).trim(), rest))
}

/// A number with a decimal point, or a decimal comma where that is the only reading (`12,5`, not `1,250`).
fn decimal(text: &str) -> Option<f64> {
    let number = match text.split_once(',') {
        Some((whole, part)) if !part.is_empty() && part.len() <= 2 && !text.contains('.') => format!("{whole}.{part}").parse(),
        Some(_) => return None,
        None => text.parse::<f64>(),
    };
    number.ok().filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests;
