//! OpenStreetMap's own numbers, which have grown into the range of mobile numbers.

use super::number::int_is_identity;

/// Numbers from here on are none of OpenStreetMap's yet: its newest are nodes of about 13.5 billion.
const PAST_OSM: i64 = 15_000_000_000;

/// What a header says of its column, if the table is one of OpenStreetMap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OsmId {
    /// Bare numbers, which are OSM's only where the table is one of OSM.
    Number,
    /// Numbers that name their kind of object: `n1`, `node/1`.
    Object,
}

impl OsmId {
    /// What the column of a header holds.
    pub(crate) fn of(header: &str) -> Option<Self> {
        match header {
            "osm_id" | "osm_way_id" => Some(Self::Number),
            "full_id" | "@id" | "source_id" => Some(Self::Object),
            _ => None,
        }
    }

    /// Whether a value is such a number, so that it may look like a mobile number.
    pub(crate) fn is_of_osm(self, text: &str) -> bool {
        match self {
            Self::Number => text.parse().is_ok_and(is_osm_number),
            Self::Object => is_osm_object(text),
        }
    }
}

fn is_osm_number(number: i64) -> bool {
    (1..PAST_OSM).contains(&number.abs()) && !int_is_identity(number)
}

/// Whether the text names an object of OpenStreetMap.
pub(crate) fn is_osm_object(text: &str) -> bool {
    let number = ["node/", "way/", "relation/", "n", "w", "r"].iter().find_map(|kind| text.strip_prefix(kind));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()) && number.parse().is_ok_and(is_osm_number))
}
