//! What was drawn by hand: outline, rivers, arterials, units and zones, read from `haimen/*.toml` in the crate.

use crate::plane::Point;
use crate::subdivision::StreetClass;
use serde::Deserialize;

/// Longitude and latitude in degrees, as written in the files.
type Degrees = [f64; 2];

/// Everything that the recipe takes as given.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) shape: Shape,
    pub(crate) units: Vec<Unit>,
    pub(crate) zones: Vec<ZoneFact>,
    pub(crate) words: Words,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Shape {
    pub(crate) outline: Vec<Outline>,
    pub(crate) open_water: Vec<OpenWater>,
    pub(crate) rivers: Vec<River>,
    pub(crate) arterials: Vec<Arterial>,
    pub(crate) limits: Vec<Limit>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Outline {
    pub(crate) pieces: Vec<Piece>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Piece {
    pub(crate) side: String,
    points: Vec<Degrees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OpenWater {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) side: String,
    far: Vec<Degrees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct River {
    pub(crate) name: String,
    pub(crate) class: String,
    pub(crate) width_m: f64,
    points: Vec<Degrees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Arterial {
    pub(crate) name: String,
    pub(crate) class: StreetClass,
    points: Vec<Degrees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Limit {
    points: Vec<Degrees>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Unit {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) name_en: String,
    inside: Degrees,
    pub(crate) core_m: f64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ZoneFact {
    #[serde(rename = "use")]
    pub(crate) land_use: String,
    pub(crate) name: String,
    centre: Degrees,
    pub(crate) half_m: [f64; 2],
}

#[derive(Debug, Deserialize)]
struct UnitsFile {
    units: Vec<Unit>,
    zones: Vec<ZoneFact>,
}

/// Words that names are made of; each with its spelling in Latin letters.
#[derive(Debug, Deserialize)]
pub(crate) struct Words {
    pub(crate) first: Vec<[String; 2]>,
    pub(crate) second: Vec<[String; 2]>,
    pub(crate) estates: Vec<String>,
    pub(crate) estate_endings: Vec<String>,
    pub(crate) trades: Vec<String>,
}

fn points(degrees: &[Degrees]) -> Vec<Point> {
    degrees.iter().map(|&pair| Point::from_degrees(pair)).collect()
}

macro_rules! line_of {
    ($($name:ident.$field:ident),+) => { $(impl $name {
        /// The points on the plane, in the order of the file.
        pub(crate) fn line(&self) -> Vec<Point> {
            points(&self.$field)
        }
    })+ };
}

line_of!(Piece.points, OpenWater.far, River.points, Arterial.points, Limit.points);

impl Unit {
    /// A point within the unit, the middle of its core.
    pub(crate) fn middle(&self) -> Point {
        Point::from_degrees(self.inside)
    }
}

impl ZoneFact {
    pub(crate) fn middle(&self) -> Point {
        Point::from_degrees(self.centre)
    }
}

impl Facts {
    /// Reads the embedded files.
    ///
    /// # Errors
    /// When one is not what it should be: an edit of `data/haimen` went wrong.
    pub(crate) fn read() -> Result<Self, toml::de::Error> {
        let units: UnitsFile = toml::from_str(include_str!("../haimen/units.toml"))?;
        Ok(Self {
            shape: toml::from_str(include_str!("../haimen/shape.toml"))?,
            units: units.units,
            zones: units.zones,
            words: toml::from_str(include_str!("../haimen/words.toml"))?,
        })
    }
}
