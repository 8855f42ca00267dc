//! CQL2 JSON.

use super::{FilterError, MAX_DEPTH, MAX_NODES, syntax::Syntax};
use crate::Shape;
use serde_json::{Map, Value};

pub(super) fn parse(text: &str) -> Result<Syntax, FilterError> {
    // serde_json itself refuses nesting beyond 128.
    let value: Value = serde_json::from_str(text).map_err(|error| refused(format!("not JSON: {error}")))?;
    Reader { nodes: 0 }.read(&value, MAX_DEPTH)
}

fn refused(reason: impl Into<String>) -> FilterError {
    FilterError::Json { reason: reason.into() }
}

struct Reader {
    nodes: usize,
}

impl Reader {
    fn read(&mut self, value: &Value, depth: usize) -> Result<Syntax, FilterError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(FilterError::TooLarge);
        }
        let below = depth.checked_sub(1).ok_or(FilterError::TooDeep)?;
        Ok(match value {
            Value::Null => Syntax::Null,
            Value::Bool(value) => Syntax::Bool(*value),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Syntax::Int(int),
                (None, Some(float)) if float.is_finite() => Syntax::Float(float),
                _ => return Err(refused(format!("{number} is no finite number"))),
            },
            Value::String(text) => Syntax::Text(text.clone()),
            Value::Array(items) => Syntax::List(self.read_all(items, below)?),
            Value::Object(object) => self.object(object, value, below)?,
        })
    }

    fn read_all(&mut self, values: &[Value], depth: usize) -> Result<Vec<Syntax>, FilterError> {
        values.iter().map(|value| self.read(value, depth)).collect()
    }

    fn object(&mut self, object: &Map<String, Value>, whole: &Value, depth: usize) -> Result<Syntax, FilterError> {
        let text = |key: &str| object.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(name) = text("op") {
            let args = object.get("args").and_then(Value::as_array);
            let args = args.ok_or_else(|| refused(format!("operator {name:?} has no array \"args\"")))?;
            return Ok(Syntax::Op(name.to_ascii_lowercase(), self.read_all(args, depth)?));
        }
        if let Some(name) = text("property") {
            return Ok(Syntax::Property(name));
        }
        if let Some(date) = text("date") {
            return Ok(Syntax::Date(date));
        }
        if let Some(timestamp) = text("timestamp") {
            return Ok(Syntax::Timestamp(timestamp));
        }
        if let Some(edges) = object.get("bbox").and_then(Value::as_array) {
            return Ok(Syntax::Op("bbox".to_owned(), self.read_all(edges, depth)?));
        }
        if object.contains_key("type") {
            return Shape::from_geojson_value(whole).map(Syntax::Geometry).map_err(FilterError::Shape);
        }
        let keys = object.keys().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
        Err(refused(format!(
            "an object needs \"op\", \"property\", \"date\", \"timestamp\", \"bbox\" or \"type\"; it has {keys:?}"
        )))
    }
}
