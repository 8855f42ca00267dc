//! What stands where: land use and how densely it is lived in, by place.

use crate::facts::Facts;
use crate::plane::Point;

/// The use of a piece of land.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LandUse {
    /// The dense old streets of the main city.
    OldTown,
    /// Offices and malls.
    Centre,
    /// Estates of the main city.
    Estates,
    /// A small town's core.
    TownCore,
    /// Works and sheds.
    Industrial,
    /// Villages and fields.
    Rural,
}

impl LandUse {
    /// People and firms per area, relative to the countryside: what grids are divided by.
    pub(crate) fn density(self) -> f64 {
        match self {
            Self::OldTown => 26.0,
            Self::Centre => 16.0,
            Self::Estates => 11.0,
            Self::TownCore => 8.0,
            Self::Industrial => 2.2,
            Self::Rural => 1.0,
        }
    }

    /// The area of a block, m², and how many times wider (east–west) than deep it is.
    pub(crate) fn block(self) -> (f64, f64) {
        match self {
            Self::OldTown => (16_000.0, 1.2),
            Self::Centre => (32_000.0, 1.1),
            Self::Estates => (62_000.0, 1.2),
            Self::TownCore => (24_000.0, 1.3),
            Self::Industrial => (95_000.0, 1.4),
            Self::Rural => (270_000.0, 3.6),
        }
    }

    /// Whether it is built up as a town.
    pub(crate) fn urban(self) -> bool {
        !matches!(self, Self::Rural | Self::Industrial)
    }
}

/// Tells the use of any place.
#[derive(Debug)]
pub(crate) struct LandUses {
    ellipses: Vec<(LandUse, Point, [f64; 2])>,
    cores: Vec<(Point, f64, bool)>,
}

impl LandUses {
    pub(crate) fn new(facts: &Facts) -> Self {
        let use_of = |name: &str| match name {
            "oldtown" => LandUse::OldTown,
            "centre" => LandUse::Centre,
            _ => LandUse::Industrial,
        };
        let mut ellipses: Vec<_> = facts.zones.iter().map(|zone| (use_of(&zone.land_use), zone.middle(), zone.half_m)).collect();
        // The city's heart outranks the works around it.
        ellipses.sort_by_key(|&(land_use, ..)| land_use == LandUse::Industrial);
        let cores = facts.units.iter().filter(|unit| unit.core_m > 0.0);
        Self { ellipses, cores: cores.map(|unit| (unit.middle(), unit.core_m, unit.core_m > 3_000.0)).collect() }
    }

    /// The use at a point.
    pub(crate) fn at(&self, point: Point) -> LandUse {
        for &(land_use, middle, [half_x, half_y]) in &self.ellipses {
            let (x, y) = ((point.x - middle.x) / half_x, (point.y - middle.y) / half_y);
            if x * x + y * y < 1.0 + 0.25 * ripple(point) {
                return land_use;
            }
        }
        for &(middle, radius, city) in &self.cores {
            let reach = radius * (1.0 + 0.18 * ripple(point));
            if (point - middle).length() < reach {
                return if city { LandUse::Estates } else { LandUse::TownCore };
            }
        }
        LandUse::Rural
    }

    /// How far the nearest core's middle is, in radii of that core.
    pub(crate) fn cores_away(&self, point: Point) -> f64 {
        self.cores.iter().map(|&(middle, radius, _)| (point - middle).length() / radius).fold(f64::INFINITY, f64::min)
    }
}

/// A smooth unevenness in −1 ..= 1, so that no town is a circle.
pub(crate) fn ripple(point: Point) -> f64 {
    let wave = |value: f64| {
        let folded = (value - value.floor()) * 4.0 - 2.0;
        folded * (2.0 - folded.abs())
    };
    0.5 * wave(point.x / 2_900.0 + point.y / 5_300.0) + 0.5 * wave(point.y / 2_300.0 - point.x / 6_700.0)
}

/// East as the fields and streets of a place see it: they turn by a few degrees over the district.
pub(crate) fn east_at(point: Point) -> Point {
    Point::new(1.0, 0.07 * ripple(point * 0.35) + 0.03).unit()
}
