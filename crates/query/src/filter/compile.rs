//! Names and types: a filter's syntax against a layer's columns.

use super::{
    FilterError,
    evaluate::Numeric,
    like::Pattern,
    spatial::{self, Place},
    syntax::Syntax,
    temporal,
};
use std::{cmp::Ordering, collections::HashSet};
use urbis_model::{Bounds, ColumnType, Schema};

/// A compiled filter.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) root: Node,
    /// How many [`Node::ColumnText`] there are; each has a slot.
    pub(super) text_tests: usize,
    /// What the [`Node::Spatial`] slots ask.
    pub(super) places: Vec<Place>,
}

/// A condition that is true, false or unknown of each feature.
#[derive(Debug)]
pub(super) enum Node {
    Constant(Option<bool>),
    BoolColumn(usize),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Numbers(Comparison, Number, Number),
    /// Values sorted by [`Numeric::order`].
    NumberIn(Number, Vec<Numeric>),
    Texts(Comparison, Text, Text),
    /// A text column against what is known before: asked once for each distinct text.
    ColumnText {
        column: usize,
        slot: usize,
        fold: bool,
        test: TextTest,
    },
    Bools(Comparison, Box<Node>, Box<Node>),
    ColumnIsNull(usize),
    NumberIsNull(Number),
    ConditionIsNull(Box<Node>),
    Spatial {
        slot: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "=" | "t_equals" => Self::Equal,
            "<>" => Self::NotEqual,
            "<" | "t_before" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" | "t_after" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// The comparison with its sides exchanged.
    fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

#[derive(Debug)]
pub(super) enum Number {
    Column(usize),
    Literal(Numeric),
    Arithmetic(Arithmetic, Box<Number>, Box<Number>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Quotient without its fraction.
    IntegerDivide,
    Remainder,
    Power,
}

impl Arithmetic {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "+" => Self::Add,
            "-" => Self::Subtract,
            "*" => Self::Multiply,
            "/" => Self::Divide,
            "div" => Self::IntegerDivide,
            "%" => Self::Remainder,
            "^" => Self::Power,
            _ => return None,
        })
    }
}

/// A text; with `fold`, without regard to case.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) source: TextSource,
    pub(super) fold: bool,
}

#[derive(Debug)]
pub(super) enum TextSource {
    Column(usize),
    Literal(String),
}

#[derive(Debug)]
pub(super) enum TextTest {
    Compare(Comparison, String),
    In(HashSet<String>),
    Like(Pattern),
}

impl TextTest {
    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Compare(comparison, other) => comparison.holds(text.cmp(other)),
            Self::In(texts) => texts.contains(text),
            Self::Like(pattern) => pattern.matches(text),
        }
    }
}

enum Operand {
    Null,
    Bool(Node),
    Number(Number),
    Text(Text),
    Date(Text),
    DateTime(Text),
}

impl Operand {
    fn describe(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Date(_) => "a date",
            Self::DateTime(_) => "a timestamp",
        }
    }
}

/// Text without regard to case: what CASEI compares.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

pub(super) fn condition(syntax: &Syntax, schema: &Schema) -> Result<Condition, FilterError> {
    let mut compiler = Compiler { schema, text_tests: 0, places: Vec::new() };
    let root = compiler.condition(syntax)?;
    Ok(Condition { root, text_tests: compiler.text_tests, places: compiler.places })
}

struct Compiler<'a> {
    schema: &'a Schema,
    text_tests: usize,
    places: Vec<Place>,
}

fn arity(name: &str, args: &[Syntax], expected: &'static str) -> FilterError {
    FilterError::Operand { operator: name.to_owned(), expected, found: format!("{} of them", args.len()) }
}

impl Compiler<'_> {
    fn condition(&mut self, syntax: &Syntax) -> Result<Node, FilterError> {
        match self.operand(syntax)? {
            Operand::Bool(node) => Ok(node),
            Operand::Null => Ok(Node::Constant(None)),
            _ => Err(FilterError::Operand {
                operator: "a condition".to_owned(),
                expected: "something true or false",
                found: syntax.describe(),
            }),
        }
    }

    fn conditions(&mut self, args: &[Syntax]) -> Result<Vec<Node>, FilterError> {
        args.iter().map(|arg| self.condition(arg)).collect()
    }

    fn operand(&mut self, syntax: &Syntax) -> Result<Operand, FilterError> {
        let literal = |text: String| Text { source: TextSource::Literal(text), fold: false };
        Ok(match syntax {
            Syntax::Null => Operand::Null,
            Syntax::Bool(value) => Operand::Bool(Node::Constant(Some(*value))),
            Syntax::Int(value) => Operand::Number(Number::Literal(Numeric::Int(*value))),
            Syntax::Float(value) => Operand::Number(Number::Literal(Numeric::Float(*value))),
            Syntax::Text(text) => Operand::Text(literal(text.clone())),
            Syntax::Date(text) => Operand::Date(literal(temporal::canonical_date(text)?)),
            Syntax::Timestamp(text) => Operand::DateTime(literal(temporal::canonical_instant(text)?)),
            Syntax::Property(name) => self.property(name)?,
            Syntax::Op(name, args) => self.op(name, args)?,
            Syntax::Geometry(_) | Syntax::List(_) => {
                return Err(FilterError::Operand {
                    operator: "a comparison".to_owned(),
                    expected: "a property, text, number, date or condition",
                    found: syntax.describe(),
                });
            }
        })
    }

    fn position(&self, name: &str) -> Result<usize, FilterError> {
        self.schema.position(name).ok_or_else(|| FilterError::UnknownProperty {
            name: name.to_owned(),
            known: self.schema.fields().iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    fn property(&self, name: &str) -> Result<Operand, FilterError> {
        let column = self.position(name)?;
        let text = Text { source: TextSource::Column(column), fold: false };
        Ok(match self.schema.fields()[column].column_type {
            ColumnType::Bool => Operand::Bool(Node::BoolColumn(column)),
            ColumnType::Int | ColumnType::Float => Operand::Number(Number::Column(column)),
            ColumnType::Date => Operand::Date(text),
            ColumnType::DateTime => Operand::DateTime(text),
            _ => Operand::Text(text),
        })
    }

    fn op(&mut self, name: &str, args: &[Syntax]) -> Result<Operand, FilterError> {
        if let Some(comparison) = Comparison::from_name(name) {
            let [left, right] = args else {
                return Err(arity(name, args, "two operands"));
            };
            if name.starts_with("t_") {
                self.needs_times(name, &[left, right])?;
            }
            return self.compare(name, comparison, left, right).map(Operand::Bool);
        }
        if let Some(arithmetic) = Arithmetic::from_name(name) {
            let [left, right] = args else {
                return Err(arity(name, args, "two operands"));
            };
            let (left, right) = (self.number(name, left)?, self.number(name, right)?);
            return Ok(Operand::Number(Number::Arithmetic(arithmetic, Box::new(left), Box::new(right))));
        }
        if let Some(place) = Place::of(name, args)? {
            self.places.push(place);
            return Ok(Operand::Bool(Node::Spatial { slot: self.places.len() - 1 }));
        }
        Ok(match (name, args) {
            ("and" | "or", [_, ..]) => {
                let parts = self.conditions(args)?;
                Operand::Bool(if name == "and" { Node::And(parts) } else { Node::Or(parts) })
            }
            ("not", [negated]) => Operand::Bool(Node::Not(Box::new(self.condition(negated)?))),
            ("between", [value, low, high]) => Operand::Bool(Node::And(vec![
                self.compare("BETWEEN", Comparison::GreaterOrEqual, value, low)?,
                self.compare("BETWEEN", Comparison::LessOrEqual, value, high)?,
            ])),
            ("in", [value, Syntax::List(items)]) => Operand::Bool(self.is_in(value, items)?),
            ("like", [value, pattern]) => Operand::Bool(self.like(value, pattern)?),
            ("isnull", [value]) => Operand::Bool(self.is_null(value)?),
            ("casei", [value]) => match self.operand(value)? {
                Operand::Text(Text { source: TextSource::Literal(text), .. }) => {
                    Operand::Text(Text { source: TextSource::Literal(folded(&text)), fold: true })
                }
                Operand::Text(text) => Operand::Text(Text { fold: true, ..text }),
                _ => {
                    return Err(FilterError::Operand {
                        operator: "CASEI".to_owned(),
                        expected: "a text",
                        found: value.describe(),
                    });
                }
            },
            ("and" | "or" | "not" | "between" | "in" | "like" | "isnull" | "casei", _) => {
                return Err(arity(name, args, "other operands"));
            }
            _ => return Err(FilterError::Unsupported { name: name.to_owned() }),
        })
    }

    fn number(&mut self, operator: &str, syntax: &Syntax) -> Result<Number, FilterError> {
        match self.operand(syntax)? {
            Operand::Number(number) => Ok(number),
            _ => Err(FilterError::Operand { operator: operator.to_owned(), expected: "numbers", found: syntax.describe() }),
        }
    }

    fn needs_times(&mut self, name: &str, args: &[&Syntax]) -> Result<(), FilterError> {
        for arg in args {
            if !matches!(self.operand(arg)?, Operand::Date(_) | Operand::DateTime(_) | Operand::Null) {
                return Err(FilterError::Operand {
                    operator: name.to_uppercase(),
                    expected: "dates or timestamps",
                    found: arg.describe(),
                });
            }
        }
        Ok(())
    }

    fn compare(&mut self, name: &str, comparison: Comparison, left: &Syntax, right: &Syntax) -> Result<Node, FilterError> {
        let (one, other) = (self.operand(left)?, self.operand(right)?);
        let mismatch = |one: &Operand, other: &Operand| FilterError::Mismatch {
            operator: name.to_owned(),
            left: format!("{} ({})", left.describe(), one.describe()),
            right: format!("{} ({})", right.describe(), other.describe()),
        };
        let (one, other) = with_times(one, other)?;
        Ok(match (one, other) {
            (Operand::Null, _) | (_, Operand::Null) => Node::Constant(None),
            (Operand::Number(one), Operand::Number(other)) => Node::Numbers(comparison, one, other),
            (Operand::Text(one), Operand::Text(other))
            | (Operand::Date(one), Operand::Date(other))
            | (Operand::DateTime(one), Operand::DateTime(other)) => self.texts(comparison, one, other),
            (Operand::Bool(one), Operand::Bool(other)) if matches!(comparison, Comparison::Equal | Comparison::NotEqual) => {
                Node::Bools(comparison, Box::new(one), Box::new(other))
            }
            (one, other) => return Err(mismatch(&one, &other)),
        })
    }

    fn texts(&mut self, comparison: Comparison, one: Text, other: Text) -> Node {
        let fold = one.fold || other.fold;
        let known = |text: String| if fold { folded(&text) } else { text };
        match (one.source, other.source) {
            (TextSource::Column(column), TextSource::Literal(text)) => {
                self.column_text(column, fold, TextTest::Compare(comparison, known(text)))
            }
            (TextSource::Literal(text), TextSource::Column(column)) => {
                self.column_text(column, fold, TextTest::Compare(comparison.mirrored(), known(text)))
            }
            (one, other) => Node::Texts(comparison, Text { source: one, fold }, Text { source: other, fold }),
        }
    }

    fn column_text(&mut self, column: usize, fold: bool, test: TextTest) -> Node {
        self.text_tests += 1;
        Node::ColumnText { column, slot: self.text_tests - 1, fold, test }
    }

    fn is_in(&mut self, value: &Syntax, items: &[Syntax]) -> Result<Node, FilterError> {
        // Long lists of plain literals get a set; anything else is a row of comparisons.
        let mut numbers = Vec::new();
        let mut texts = HashSet::new();
        for item in items {
            match item {
                Syntax::Int(number) => numbers.push(Numeric::Int(*number)),
                Syntax::Float(number) => numbers.push(Numeric::Float(*number)),
                Syntax::Text(text) => drop(texts.insert(text.clone())),
                _ => {}
            }
        }
        match self.operand(value)? {
            Operand::Number(number) if numbers.len() == items.len() => {
                numbers.sort_by(|one, other| one.order(*other));
                Ok(Node::NumberIn(number, numbers))
            }
            Operand::Text(Text { source: TextSource::Column(column), fold: false })
                if items.iter().all(|item| matches!(item, Syntax::Text(_))) =>
            {
                Ok(self.column_text(column, false, TextTest::In(texts)))
            }
            _ => {
                let comparisons = items.iter().map(|item| self.compare("IN", Comparison::Equal, value, item));
                Ok(Node::Or(comparisons.collect::<Result<_, _>>()?))
            }
        }
    }

    fn like(&mut self, value: &Syntax, pattern: &Syntax) -> Result<Node, FilterError> {
        let needs = |found: &Syntax| FilterError::Operand {
            operator: "LIKE".to_owned(),
            expected: "a text property and a literal pattern",
            found: found.describe(),
        };
        let Operand::Text(Text { source: TextSource::Literal(literal), fold: pattern_fold }) = self.operand(pattern)? else {
            return Err(needs(pattern));
        };
        let Operand::Text(Text { source, fold }) = self.operand(value)? else {
            return Err(needs(value));
        };
        let fold = fold || pattern_fold;
        let test = Pattern::new(&if fold { folded(&literal) } else { literal });
        Ok(match source {
            TextSource::Column(column) => self.column_text(column, fold, TextTest::Like(test)),
            TextSource::Literal(text) => {
                let text = if fold { folded(&text) } else { text };
                Node::Constant(Some(test.matches(&text)))
            }
        })
    }

    fn is_null(&mut self, value: &Syntax) -> Result<Node, FilterError> {
        if let Syntax::Property(name) = value
            && (self.schema.position(name).is_some() || !spatial::is_geometry(value))
        {
            return self.position(name).map(Node::ColumnIsNull);
        }
        if spatial::is_geometry(value) {
            return Ok(Node::Constant(Some(false)));
        }
        Ok(match self.operand(value)? {
            Operand::Null => Node::Constant(Some(true)),
            Operand::Bool(node) => Node::ConditionIsNull(Box::new(node)),
            Operand::Number(number) => Node::NumberIsNull(number),
            Operand::Text(text) | Operand::Date(text) | Operand::DateTime(text) => match text.source {
                TextSource::Column(column) => Node::ColumnIsNull(column),
                TextSource::Literal(_) => Node::Constant(Some(false)),
            },
        })
    }
}

/// A literal text beside a date or timestamp is read as one.
fn with_times(one: Operand, other: Operand) -> Result<(Operand, Operand), FilterError> {
    let date =
        |text: String| Ok(Operand::Date(Text { source: TextSource::Literal(temporal::canonical_date(&text)?), fold: false }));
    let instant = |text: String| {
        Ok(Operand::DateTime(Text { source: TextSource::Literal(temporal::canonical_instant(&text)?), fold: false }))
    };
    Ok(match (one, other) {
        (one @ Operand::Date(_), Operand::Text(Text { source: TextSource::Literal(text), .. })) => (one, date(text)?),
        (one @ Operand::DateTime(_), Operand::Text(Text { source: TextSource::Literal(text), .. })) => (one, instant(text)?),
        (Operand::Text(Text { source: TextSource::Literal(text), .. }), other @ Operand::Date(_)) => (date(text)?, other),
        (Operand::Text(Text { source: TextSource::Literal(text), .. }), other @ Operand::DateTime(_)) => (instant(text)?, other),
        both => both,
    })
}

impl Condition {
    /// A box that every matching feature meets: of AND the smallest of its parts', of OR the one around all of them.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        self.bounds_of(&self.root)
    }

    fn bounds_of(&self, node: &Node) -> Option<Bounds> {
        match node {
            Node::Spatial { slot } => self.places[*slot].bounds(),
            Node::And(parts) => {
                let area = |bounds: &Bounds| (bounds.max[0] - bounds.min[0]) * (bounds.max[1] - bounds.min[1]);
                parts.iter().filter_map(|part| self.bounds_of(part)).min_by(|one, other| area(one).total_cmp(&area(other)))
            }
            Node::Or(parts) => parts.iter().try_fold(Bounds::EMPTY, |mut around, part| {
                around.merge(&self.bounds_of(part)?);
                Some(around)
            }),
            _ => None,
        }
    }
}
