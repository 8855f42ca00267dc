//! What was drawn by hand: outline, rivers, arterials, units and zones, read from `haimen/*.toml` in the crate.

use crate::plane::{Point, curved, meandering};
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

/// Shores and rivers bend at least this often, metres.
const BEND_M: f64 = 330.0;

impl Outline {
    /// The ring, not closed, each point with the side of the edge that leaves it.
    pub(crate) fn ring(&self) -> Vec<(Point, &str)> {
        let corners: Vec<(Point, &str)> = self
            .pieces
            .iter()
            .flat_map(|piece| points(&piece.points).into_iter().map(|point| (point, piece.side.as_str())))
            .collect();
        let mut ring = Vec::new();
        for (at, &(from, side)) in corners.iter().enumerate() {
            let bent = meandering(&[from, corners[(at + 1) % corners.len()].0], BEND_M, 0.035);
            ring.extend(bent[..bent.len() - 1].iter().map(|&point| (point, side)));
        }
        ring
    }
}

impl OpenWater {
    /// The far side's line; where it follows an outline it bends as that does.
    pub(crate) fn far_line(&self) -> Vec<Point> {
        meandering(&points(&self.far), BEND_M, 0.035)
    }
}

impl River {
    /// The middle line.
    pub(crate) fn line(&self) -> Vec<Point> {
        curved(&meandering(&points(&self.points), BEND_M * 1.5, 0.04), BEND_M)
    }
}

impl Arterial {
    /// The line as drawn, rounded at its bends: roads are straighter than rivers.
    pub(crate) fn line(&self) -> Vec<Point> {
        curved(&points(&self.points), BEND_M * 2.0)
    }
}

impl Limit {
    /// The chain as drawn.
    pub(crate) fn line(&self) -> Vec<Point> {
        points(&self.points)
    }
}

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
