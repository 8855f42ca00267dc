//! OpenStreetMap tags become columns of a layer of a kind, whether they come from an OSM file or from a table that GDAL
//! made of one.

mod hstore;

pub(crate) use hstore::pairs;

use crate::heights::{HeightUnit, levels, metres};
use urbis_model::{ColumnType, LayerKind, Value};

/// An object's tags, by GDAL's laundered names (`building:levels` is `building_levels`).
pub(crate) struct Tags<'a>(pub(crate) &'a [(&'a str, String)]);

impl Tags<'_> {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(tag, _)| *tag == name).map(|(_, text)| text.as_str())
    }

    fn owned(&self, name: &str) -> Option<TagValue> {
        self.text(name).map(|text| TagValue::Text(text.to_owned()))
    }
}

pub(crate) enum TagValue {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
}

/// How a column's value is made of an object's tags.
pub(crate) type OfTags = fn(&Tags<'_>) -> Option<TagValue>;

type ColumnOfTags = (&'static str, ColumnType, OfTags);

/// The columns of a layer of a kind. `height`, `min_height` and the levels go on to the rule for heights that every
/// source passes.
pub(crate) fn columns(kind: LayerKind) -> &'static [ColumnOfTags] {
    use ColumnType::{Bool, Float, Int, Text};
    match kind {
        LayerKind::Building => &[
            ("name", Text, |tags| tags.owned("name")),
            ("name_en", Text, |tags| tags.owned("name_en")),
            ("use", Text, |tags| building_use(tags).map(word)),
            ("building", Text, |tags| tags.owned("building")),
            ("height", Text, |tags| tags.owned("height").or_else(|| tags.owned("building_height"))),
            ("levels", Int, |tags| levels_of(tags, "building_levels")),
            ("min_height", Text, |tags| tags.owned("min_height")),
            ("min_level", Int, |tags| levels_of(tags, "building_min_level")),
            ("year_built", Int, |tags| year(tags.text("start_date")?).map(TagValue::Int)),
        ],
        LayerKind::Road => &[
            ("name", Text, |tags| tags.owned("name")),
            ("name_en", Text, |tags| tags.owned("name_en")),
            ("class", Text, |tags| road_class(tags.text("highway")?).map(word)),
            ("highway", Text, |tags| tags.owned("highway")),
            ("width_m", Float, |tags| metres(Value::Text(tags.text("width")?), HeightUnit::Metre).map(TagValue::Float)),
            ("lanes", Int, |tags| tags.text("lanes")?.parse().ok().map(TagValue::Int)),
            ("oneway", Bool, |tags| tags.text("oneway").map(|text| TagValue::Bool(matches!(text, "yes" | "true" | "1" | "-1")))),
            ("bridge", Bool, |tags| tags.text("bridge").map(|text| TagValue::Bool(text != "no"))),
            ("tunnel", Bool, |tags| tags.text("tunnel").map(|text| TagValue::Bool(text != "no"))),
            ("surface", Text, |tags| tags.owned("surface")),
        ],
        LayerKind::Water => &[
            ("name", Text, |tags| tags.owned("name")),
            ("name_en", Text, |tags| tags.owned("name_en")),
            ("class", Text, |tags| water_class(tags).map(word)),
        ],
        LayerKind::Green => &[
            ("name", Text, |tags| tags.owned("name")),
            ("name_en", Text, |tags| tags.owned("name_en")),
            ("class", Text, |tags| green_class(tags).map(word)),
        ],
        LayerKind::Place => &[
            ("name", Text, |tags| tags.owned("name")),
            ("name_en", Text, |tags| tags.owned("name_en")),
            ("class", Text, |tags| place_class(tags.text("place")?).map(word)),
            ("place", Text, |tags| tags.owned("place")),
        ],
        LayerKind::Power => &[
            ("name", Text, |tags| tags.owned("name")),
            ("class", Text, |tags| tags.owned("power")),
            ("voltage", Text, |tags| tags.owned("voltage")),
            ("operator", Text, |tags| tags.owned("operator")),
        ],
        LayerKind::GasPipe => &[
            ("name", Text, |tags| tags.owned("name")),
            ("substance", Text, |tags| tags.owned("substance")),
            ("diameter_mm", Float, |tags| millimetres(tags.text("diameter")?).map(TagValue::Float)),
            ("location", Text, |tags| tags.owned("location")),
            ("usage", Text, |tags| tags.owned("usage")),
            ("operator", Text, |tags| tags.owned("operator")),
        ],
        _ => &[],
    }
}

fn word(text: &'static str) -> TagValue {
    TagValue::Text(text.to_owned())
}

/// Levels, as a decimal number only where they are none whole: so a column of whole ones holds integers.
fn levels_of(tags: &Tags<'_>, name: &str) -> Option<TagValue> {
    let levels = levels(Value::Text(tags.text(name)?))?;
    Some(if levels.fract() == 0.0 { TagValue::Int(levels as i64) } else { TagValue::Float(levels) })
}

/// The first four digits of a date that begins with a year.
fn year(text: &str) -> Option<i64> {
    text.get(..4)?.parse().ok().filter(|year| (1000..=2100).contains(year))
}

/// A diameter; without a unit in millimetres (OSM wiki, Key:diameter).
fn millimetres(text: &str) -> Option<f64> {
    match text.trim().trim_end_matches("mm").trim().parse::<f64>() {
        Ok(number) => (number > 0.0 && number < 10_000.0).then_some(number),
        Err(_) => metres(Value::Text(text), HeightUnit::Metre).map(|metres| metres * 1000.0),
    }
}

fn building_use(tags: &Tags<'_>) -> Option<&'static str> {
    let by_amenity = match tags.text("amenity") {
        Some("school" | "kindergarten" | "university" | "college") => Some("school"),
        Some("hospital" | "clinic") => Some("hospital"),
        Some(
            "townhall" | "library" | "courthouse" | "fire_station" | "police" | "place_of_worship" | "community_centre"
            | "theatre",
        ) => Some("public"),
        _ => None,
    };
    by_amenity.or(match tags.text("building")? {
        "residential" | "apartments" | "house" | "detached" | "semidetached_house" | "terrace" | "dormitory" | "bungalow"
        | "hut" | "cabin" => Some("residential"),
        "commercial" | "retail" | "supermarket" | "hotel" | "kiosk" => Some("commercial"),
        "industrial" | "warehouse" | "manufacture" | "factory" => Some("industrial"),
        "office" => Some("office"),
        "school" | "kindergarten" | "university" | "college" => Some("school"),
        "hospital" | "clinic" => Some("hospital"),
        "public" | "civic" | "government" | "church" | "chapel" | "cathedral" | "mosque" | "temple" | "train_station"
        | "sports_hall" | "fire_station" => Some("public"),
        "farm" | "farm_auxiliary" | "barn" | "greenhouse" | "stable" | "cowshed" | "sty" => Some("farm"),
        _ => None,
    })
}

fn road_class(highway: &str) -> Option<&'static str> {
    Some(match highway {
        "motorway" | "motorway_link" => "motorway",
        "trunk" | "trunk_link" => "trunk",
        "primary" | "primary_link" => "primary",
        "secondary" | "secondary_link" => "secondary",
        "tertiary" | "tertiary_link" => "tertiary",
        "residential" | "unclassified" | "living_street" | "road" => "residential",
        "service" | "track" | "busway" | "bus_guideway" => "service",
        "footway" | "path" | "pedestrian" | "steps" | "cycleway" | "bridleway" | "corridor" => "footway",
        _ => return None,
    })
}

fn water_class(tags: &Tags<'_>) -> Option<&'static str> {
    let of_word = |word: &str| {
        Some(match word {
            "river" | "riverbank" | "oxbow" => "river",
            "canal" | "dock" | "lock" | "moat" => "canal",
            "stream" | "drain" | "ditch" | "tidal_channel" => "stream",
            "lake" | "pond" | "reservoir" | "basin" | "lagoon" | "wastewater" => "lake",
            "bay" => "sea",
            _ => return None,
        })
    };
    ["waterway", "water", "landuse", "natural"]
        .into_iter()
        .find_map(|tag| of_word(tags.text(tag)?))
        .or_else(|| tags.text("natural").map(|_| "lake"))
}

fn green_class(tags: &Tags<'_>) -> Option<&'static str> {
    ["leisure", "landuse", "natural"].into_iter().find_map(|tag| {
        Some(match tags.text(tag)? {
            "forest" | "wood" | "scrub" => "wood",
            "farmland" | "meadow" | "orchard" | "vineyard" | "allotments" => "farmland",
            "park" | "garden" | "nature_reserve" | "grass" | "village_green" | "recreation_ground" | "grassland" | "heath" => {
                "park"
            }
            _ => return None,
        })
    })
}

fn place_class(place: &str) -> Option<&'static str> {
    Some(match place {
        "city" => "city",
        "town" | "suburb" | "borough" => "town",
        "village" | "hamlet" | "isolated_dwelling" | "farm" => "village",
        "locality" | "neighbourhood" | "quarter" | "square" | "island" | "islet" => "poi",
        _ => return None,
    })
}

/// A tag's name as GDAL launders it into a column's name.
pub(crate) fn laundered(tag: &str) -> String {
    tag.replace(':', "_")
}

#[cfg(test)]
mod tests;
