//! A compiled filter on one feature. `None` is SQL's unknown.

use super::{
    bind::FilterTest,
    compile::{Arithmetic, Comparison, Node, Number, Text, TextSource, folded},
};
use std::{borrow::Cow, cmp::Ordering};
use urbis_model::Value;

/// A number that keeps integers exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Numeric {
    Int(i64),
    Float(f64),
}

impl Numeric {
    /// Exact order, of integers past 2⁵³ too. Floats here are never NaN.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(one), Self::Int(other)) => one.cmp(&other),
            (Self::Float(one), Self::Float(other)) => one.partial_cmp(&other).unwrap_or(Ordering::Equal),
            (Self::Int(one), Self::Float(other)) => int_to_float(one, other),
            (Self::Float(one), Self::Int(other)) => int_to_float(other, one).reverse(),
        }
    }

    fn to_float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

fn int_to_float(one: i64, other: f64) -> Ordering {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    if other >= TWO_POW_63 {
        Ordering::Less
    } else if other < -TWO_POW_63 {
        Ordering::Greater
    } else {
        let whole = other.trunc();
        one.cmp(&(whole as i64)).then_with(|| {
            if other > whole {
                Ordering::Less
            } else if other < whole {
                Ordering::Greater
            } else {
                Ordering::Equal
            }
        })
    }
}

pub(super) fn truth(test: &FilterTest<'_>, node: &Node, position: usize) -> Option<bool> {
    match node {
        Node::Constant(value) => *value,
        Node::BoolColumn(column) => match test.bound.features().columns()[*column].value(position) {
            Value::Bool(value) => Some(value),
            _ => None,
        },
        // Kleene's three values: false decides AND, true decides OR, and unknown stays unless decided.
        Node::And(parts) => decided(test, parts, position, false),
        Node::Or(parts) => decided(test, parts, position, true),
        Node::Not(part) => truth(test, part, position).map(|value| !value),
        Node::Numbers(comparison, one, other) => {
            let (one, other) = (number(test, one, position)?, number(test, other, position)?);
            Some(comparison.holds(one.order(other)))
        }
        Node::NumberIn(value, values) => {
            let value = number(test, value, position)?;
            Some(values.binary_search_by(|one| one.order(value)).is_ok())
        }
        Node::Texts(comparison, one, other) => {
            let (one, other) = (text(test, one, position)?, text(test, other, position)?);
            Some(comparison.holds(one.cmp(&other)))
        }
        Node::ColumnText { column, slot, fold, test: asked } => {
            let texts = test.bound.features().columns()[*column].as_text()?;
            match test.bound.table(*slot) {
                Some(table) => texts.code(position).map(|code| table[code as usize]),
                None => texts.text(position).map(|text| if *fold { asked.holds(&folded(text)) } else { asked.holds(text) }),
            }
        }
        Node::Bools(comparison, one, other) => {
            let (one, other) = (truth(test, one, position)?, truth(test, other, position)?);
            Some((one == other) == (*comparison == Comparison::Equal))
        }
        Node::ColumnIsNull(column) => Some(test.bound.features().columns()[*column].value(position) == Value::Null),
        Node::NumberIsNull(value) => Some(number(test, value, position).is_none()),
        Node::ConditionIsNull(part) => Some(truth(test, part, position).is_none()),
        Node::Spatial { slot } => Some(test.is_there(*slot, position)),
    }
}

fn decided(test: &FilterTest<'_>, parts: &[Node], position: usize, decisive: bool) -> Option<bool> {
    let mut result = Some(!decisive);
    for part in parts {
        match truth(test, part, position) {
            Some(value) if value == decisive => return Some(decisive),
            None => result = None,
            Some(_) => {}
        }
    }
    result
}

fn text<'a>(test: &'a FilterTest<'_>, text: &'a Text, position: usize) -> Option<Cow<'a, str>> {
    let plain = match &text.source {
        TextSource::Literal(literal) => literal.as_str(),
        TextSource::Column(column) => test.bound.features().columns()[*column].as_text()?.text(position)?,
    };
    Some(if text.fold { Cow::Owned(folded(plain)) } else { Cow::Borrowed(plain) })
}

fn number(test: &FilterTest<'_>, value: &Number, position: usize) -> Option<Numeric> {
    match value {
        Number::Literal(literal) => Some(*literal),
        Number::Column(column) => match test.bound.features().columns()[*column].value(position) {
            Value::Int(value) => Some(Numeric::Int(value)),
            Value::Float(value) => Some(Numeric::Float(value)),
            _ => None,
        },
        Number::Arithmetic(operation, one, other) => {
            calculated(*operation, number(test, one, position)?, number(test, other, position)?)
        }
    }
}

/// Integers stay integers while they fit; a division by zero, an overflow or a root of a negative number is unknown.
fn calculated(operation: Arithmetic, one: Numeric, other: Numeric) -> Option<Numeric> {
    if let (Numeric::Int(one), Numeric::Int(other)) = (one, other) {
        let exact = match operation {
            Arithmetic::Add => one.checked_add(other),
            Arithmetic::Subtract => one.checked_sub(other),
            Arithmetic::Multiply => one.checked_mul(other),
            Arithmetic::IntegerDivide => one.checked_div(other),
            Arithmetic::Remainder => one.checked_rem(other),
            Arithmetic::Power => u32::try_from(other).ok().and_then(|exponent| one.checked_pow(exponent)),
            Arithmetic::Divide => None,
        };
        if let Some(exact) = exact {
            return Some(Numeric::Int(exact));
        }
    }
    let (one, other) = (one.to_float(), other.to_float());
    let result = match operation {
        Arithmetic::Add => one + other,
        Arithmetic::Subtract => one - other,
        Arithmetic::Multiply => one * other,
        Arithmetic::Divide => one / other,
        Arithmetic::IntegerDivide => (one / other).trunc(),
        Arithmetic::Remainder => one % other,
        Arithmetic::Power => one.powf(other),
    };
    result.is_finite().then_some(Numeric::Float(result))
}
