//! One feature out of its own bytes.

use crate::{
    intake::{Intake, RawValue},
    json::{Json, NotJson},
    privacy,
    shape::{Shape, collection_wkb},
};
use std::{borrow::Cow, io};
use urbis_model::GeometryKind;
use urbis_model::geometry::MAX_VERTICES;

/// Collections in collections.
const MAX_NESTING: u8 = 8;

/// Says that a feature is too large, by the id that its first bytes may hold.
pub(super) fn oversized(beginning: &str, intake: &mut Intake) -> io::Result<()> {
    intake.begin();
    for marker in ["\"id\":", "\"id\" :"] {
        if let Some(at) = beginning.find(marker) {
            if let Some(id) = id_text(&mut Json::new(&beginning[at + marker.len()..])) {
                intake.key(&id);
            }
            break;
        }
    }
    intake.refuse(format!("its text is over 64 MB (the limits are {MAX_VERTICES} vertices and 16 MB of attributes)"));
    intake.end()
}

/// What a JSON object is that is no GeoJSON; none when it is GeoJSON.
pub(super) fn other_document(text: &str) -> Option<String> {
    let mut json = Json::new(text);
    json.open(b'{', "an object").ok()?;
    let mut first = true;
    while let Ok(Some(name)) = json.member(&mut first) {
        if name == "type" {
            let named = json.string().ok()?;
            if named == "FeatureCollection" {
                return Some("is a FeatureCollection without an array of features".into());
            }
            let known = matches!(named.as_ref(), "Feature" | "GeometryCollection") || kind(&named).is_some();
            return (!known).then(|| format!("is JSON of type {named:?}, not GeoJSON"));
        }
        json.skip().ok()?;
    }
    Some("is JSON but not GeoJSON (it has no \"type\")".into())
}

/// The name in a `crs` member.
pub(super) fn crs_name(text: &str) -> Option<String> {
    let mut json = Json::new(text);
    json.open(b'{', "an object").ok()?;
    let mut first = true;
    while let Some(member) = json.member(&mut first).ok()? {
        match member.as_ref() {
            "properties" => return crs_name(json.skip().ok()?),
            "name" => return json.string().ok().map(Cow::into_owned),
            _ => {
                json.skip().ok()?;
            }
        }
    }
    None
}

/// Reads one feature or geometry into the intake; what can't be read is refused by its row.
pub(super) fn read(text: &str, intake: &mut Intake) -> io::Result<()> {
    intake.begin();
    if let Err(error) = members(text, intake) {
        intake.refuse(error.to_string());
    }
    intake.end()
}

fn members(text: &str, intake: &mut Intake) -> Result<(), NotJson> {
    let mut json = Json::new(text);
    json.open(b'{', "an object")?;
    let (mut first, mut named, mut geometry) = (true, String::new(), None);
    while let Some(name) = json.member(&mut first)? {
        match name.as_ref() {
            "type" if json.peek() == Some(b'"') => named = json.string()?.into_owned(),
            "id" => {
                if let Some(id) = id_text(&mut json) {
                    intake.key(&id);
                }
            }
            "geometry" => geometry = Some(json.skip()?),
            "properties" if json.peek() == Some(b'{') => properties(&mut json, intake)?,
            _ => {
                json.skip()?;
            }
        }
    }
    let geometry = match (named.as_str(), geometry) {
        ("Feature", geometry) => geometry,
        (other, _) if other == "GeometryCollection" || kind(other).is_some() => Some(text),
        (other, _) => {
            intake.refuse(format!("its type is {}, not \"Feature\"", privacy::quoted(other)));
            None
        }
    };
    if let Some(geometry) = geometry.filter(|geometry| *geometry != "null") {
        intake.geometry(|wkb| append_geometry(geometry, 0, wkb));
    }
    Ok(())
}

fn id_text(json: &mut Json<'_>) -> Option<String> {
    match json.peek()? {
        b'"' => json.string().ok().map(Cow::into_owned),
        b'{' | b'[' => json.skip().ok().map(str::to_owned),
        _ => json.word().ok().filter(|word| *word != "null").map(str::to_owned),
    }
}

fn properties(json: &mut Json<'_>, intake: &mut Intake) -> Result<(), NotJson> {
    json.open(b'{', "an object")?;
    let mut first = true;
    while let Some(name) = json.member(&mut first)? {
        let Some(column) = intake.column(&name) else {
            json.skip()?;
            continue;
        };
        match json.peek() {
            Some(b'"') => intake.value(column, RawValue::Text(&json.string()?)),
            Some(b'{' | b'[') => intake.value(column, RawValue::Text(json.skip()?)),
            _ => {
                let word = json.word()?;
                match word {
                    "true" => intake.value(column, RawValue::Bool(true)),
                    "false" => intake.value(column, RawValue::Bool(false)),
                    "null" | "NaN" | "nan" | "Infinity" | "-Infinity" => {}
                    number => match (number.parse::<i64>(), number.parse::<f64>()) {
                        (Ok(integer), _) => intake.value(column, RawValue::Int(integer)),
                        // An integer past 64 bits keeps its digits as text.
                        (_, Ok(_)) if number.bytes().all(|c| c.is_ascii_digit() || c == b'-') => {
                            intake.value(column, RawValue::Text(number))
                        }
                        (_, Ok(float)) if float.is_finite() => intake.value(column, RawValue::Float(float)),
                        _ => return json.fail("a value"),
                    },
                }
            }
        }
    }
    Ok(())
}

fn kind(named: &str) -> Option<GeometryKind> {
    Some(match named {
        "Point" => GeometryKind::Point,
        "MultiPoint" => GeometryKind::MultiPoint,
        "LineString" => GeometryKind::LineString,
        "MultiLineString" => GeometryKind::MultiLineString,
        "Polygon" => GeometryKind::Polygon,
        "MultiPolygon" => GeometryKind::MultiPolygon,
        _ => return None,
    })
}

fn append_geometry(text: &str, depth: u8, wkb: &mut Vec<u8>) -> Result<(), String> {
    if depth > MAX_NESTING {
        return Err(format!("its collections are nested over {MAX_NESTING} deep"));
    }
    let words = |error: NotJson| error.to_string();
    let mut json = Json::new(text);
    json.open(b'{', "a geometry").map_err(words)?;
    let (mut first, mut named, mut coordinates, mut members) = (true, Cow::Borrowed(""), None, None);
    while let Some(name) = json.member(&mut first).map_err(words)? {
        match name.as_ref() {
            "type" => named = json.string().map_err(words)?,
            "coordinates" => coordinates = Some(json.skip().map_err(words)?),
            "geometries" => members = Some(json.skip().map_err(words)?),
            _ => {
                json.skip().map_err(words)?;
            }
        }
    }
    if named == "GeometryCollection" {
        let (mut inner, mut count, mut first) = (Vec::new(), 0, true);
        let mut json = Json::new(members.ok_or("its collection has no geometries")?);
        json.open(b'[', "an array of geometries").map_err(words)?;
        while json.element(&mut first).map_err(words)? {
            append_geometry(json.skip().map_err(words)?, depth + 1, &mut inner)?;
            count += 1;
        }
        collection_wkb(count, &inner, wkb);
        return Ok(());
    }
    let kind = kind(&named)
        .ok_or_else(|| format!("its geometry is of type {}, which GeoJSON does not have", privacy::quoted(&named)))?;
    let coordinates = coordinates.ok_or("its geometry has no coordinates")?;
    let mut shape = Shape { kind, ..Shape::default() };
    let mut reader = Coordinates { json: Json::new(coordinates), shape: &mut shape };
    reader.read(kind).map_err(words)?;
    if shape.xy.len() > MAX_VERTICES {
        return Err(format!("its shape has over {MAX_VERTICES} vertices"));
    }
    shape.append_wkb(wkb);
    Ok(())
}

/// Reads nested coordinate arrays into a shape.
struct Coordinates<'a, 's> {
    json: Json<'a>,
    shape: &'s mut Shape,
}

impl Coordinates<'_, '_> {
    fn read(&mut self, kind: GeometryKind) -> Result<(), NotJson> {
        match kind {
            GeometryKind::Point => self.point(),
            GeometryKind::MultiPoint => self.each(Self::point),
            GeometryKind::LineString => self.line(),
            GeometryKind::MultiLineString => self.each(Self::line),
            GeometryKind::Polygon => self.polygon(),
            _ => self.each(Self::polygon),
        }
    }

    fn each(&mut self, read: impl Fn(&mut Self) -> Result<(), NotJson>) -> Result<(), NotJson> {
        self.json.open(b'[', "an array of coordinates")?;
        let mut first = true;
        while self.json.element(&mut first)? {
            read(self)?;
        }
        Ok(())
    }

    fn polygon(&mut self) -> Result<(), NotJson> {
        self.each(|reader| {
            reader.each(Self::position)?;
            reader.shape.end_ring();
            Ok(())
        })?;
        self.shape.end_part();
        Ok(())
    }

    fn line(&mut self) -> Result<(), NotJson> {
        self.each(Self::position)?;
        self.shape.end_ring();
        self.shape.end_part();
        Ok(())
    }

    fn point(&mut self) -> Result<(), NotJson> {
        self.position()?;
        self.shape.end_ring();
        self.shape.end_part();
        Ok(())
    }

    /// `[x, y]` or `[x, y, z, …]`; an empty array is no position and adds none.
    fn position(&mut self) -> Result<(), NotJson> {
        self.json.open(b'[', "a position")?;
        let mut first = true;
        let (mut numbers, mut count) = ([f64::NAN; 3], 0);
        while self.json.element(&mut first)? {
            let number = self.json.number()?;
            if let Some(slot) = numbers.get_mut(count) {
                *slot = number;
            }
            count += 1;
        }
        match count {
            0 => return Ok(()),
            1 => return self.json.fail("a second coordinate"),
            _ => {}
        }
        let shape = &mut *self.shape;
        if count > 2 && shape.z.is_empty() {
            shape.z.resize(shape.xy.len(), f64::NAN);
        }
        // One vertex past the limit is enough to be refused for it.
        if shape.xy.len() <= MAX_VERTICES {
            shape.xy.push([numbers[0], numbers[1]]);
            if count > 2 || !shape.z.is_empty() {
                shape.z.push(numbers[2]);
            }
        }
        Ok(())
    }
}
