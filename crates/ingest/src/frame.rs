//! From the source's frame to longitude, latitude (design, decision 1), and what the coordinates betray about it.

use crate::{
    china,
    error::IngestError,
    privacy,
    proj::{CrsFacts, NoTransformation, Operation, Transformation},
};
use urbis_model::Crs;

/// How many first vertices are kept to test whether the axes are swapped.
const MAX_SAMPLES: usize = 4096;
/// Degrees that data may lie outside the area of use before it counts: registries draw these areas roughly.
const AREA_MARGIN_DEG: f64 = 0.2;
/// Half-width of a 3-degree zone with its usual overlap (domain facts 2.3).
const MAX_FROM_MERIDIAN_DEG: f64 = 3.0;
/// A zone is an area of use no wider than this; wider ones have no meridian to stay near.
const MAX_ZONE_WIDTH_DEG: f64 = 12.0;

/// The way from a source's frame.
pub(crate) struct Framing {
    name: String,
    route: Route,
    /// Whether the source gives northing before easting.
    swapped: bool,
    /// What the source states where a person said another.
    overruled: Option<String>,
    samples: Vec<[f64; 2]>,
    seen: u64,
    /// Features whose first vertex could be longitude and latitude in degrees.
    like_degrees: u64,
    outside: u64,
    far_from_meridian: u64,
    residual_deg: f64,
}

enum Route {
    Proj(Box<Transformation>),
    Gcj02,
    Bd09,
}

impl Framing {
    /// The way from a CRS by code.
    pub(crate) fn from_crs(crs: Crs) -> Result<Self, IngestError> {
        match crs {
            Crs::Gcj02 => Ok(Self::new(crs.to_string(), Route::Gcj02)),
            Crs::Bd09 => Ok(Self::new(crs.to_string(), Route::Bd09)),
            other => Self::from_definition(&other.to_string(), &other.to_string()),
        }
    }

    /// The way from a CRS by its definition, known to people as `name`.
    pub(crate) fn from_definition(definition: &str, name: &str) -> Result<Self, IngestError> {
        let transformation = Transformation::from(definition).map_err(|error| match error {
            NoTransformation::Unknown(detail) => IngestError::UnknownCrs { crs: name.to_owned(), detail },
            NoTransformation::NoOperation => IngestError::NoOperation { crs: name.to_owned() },
        })?;
        Ok(Self::new(name.to_owned(), Route::Proj(Box::new(transformation))))
    }

    fn new(name: String, route: Route) -> Self {
        Self {
            name,
            route,
            swapped: false,
            overruled: None,
            samples: Vec::new(),
            seen: 0,
            like_degrees: 0,
            outside: 0,
            far_from_meridian: 0,
            residual_deg: 0.0,
        }
    }

    /// Says that coordinates come northing first.
    pub(crate) fn swap(mut self) -> Self {
        self.swapped = true;
        self
    }

    /// Says that a person named this frame although the source states another.
    pub(crate) fn overruling(mut self, stated: String) -> Self {
        self.overruled = Some(stated);
        self
    }

    fn facts(&self) -> Option<&CrsFacts> {
        match &self.route {
            Route::Proj(transformation) => Some(transformation.facts()),
            _ => None,
        }
    }

    fn used_operations(&self) -> &[Operation] {
        match &self.route {
            Route::Proj(transformation) => transformation.used_operations(),
            Route::Gcj02 | Route::Bd09 => &[],
        }
    }

    /// West, south, east, north of where the frame is used.
    fn area_of_use_deg(&self) -> Option<[f64; 4]> {
        match &self.route {
            Route::Proj(transformation) => transformation.facts().area_of_use_deg,
            Route::Gcj02 | Route::Bd09 => Some(china::FORMULA_BOX_DEG),
        }
    }

    /// Turns one feature's coordinates into longitude, latitude, in place; what can't be turned becomes infinite.
    pub(crate) fn apply(&mut self, coordinates: &mut [[f64; 2]]) {
        if self.swapped {
            coordinates.iter_mut().for_each(|pair| pair.swap(0, 1));
        }
        let first = coordinates.first().copied();
        self.convert(coordinates);
        if let (Some(source), Some(&lonlat)) = (first, coordinates.first()) {
            self.note(source, lonlat);
        }
    }

    fn convert(&mut self, coordinates: &mut [[f64; 2]]) {
        let inverse = match &mut self.route {
            Route::Proj(transformation) => {
                transformation.apply(coordinates);
                return;
            }
            Route::Gcj02 => china::wgs84_from_gcj02,
            Route::Bd09 => china::wgs84_from_bd09,
        };
        for position in coordinates {
            let (wgs84, residual_deg) = inverse(*position);
            *position = wgs84;
            self.residual_deg = self.residual_deg.max(residual_deg);
        }
    }

    /// Keeps evidence of one feature's first vertex.
    fn note(&mut self, source: [f64; 2], [lon, lat]: [f64; 2]) {
        self.seen += 1;
        let [x, y] = source.map(f64::abs);
        self.like_degrees += u64::from(x.max(y) <= 180.0 && x.min(y) <= 90.0);
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(source);
        }
        let Some(area) = self.area_of_use_deg() else { return };
        let meridian_deg = self.facts().and_then(|facts| facts.central_meridian_deg);
        let is_outside = !is_inside(area, [lon, lat]);
        let is_far = (area[2] - area[0]).abs() <= MAX_ZONE_WIDTH_DEG
            && meridian_deg.is_some_and(|meridian| (lon - meridian).abs() > MAX_FROM_MERIDIAN_DEG);
        self.outside += u64::from(is_outside);
        self.far_from_meridian += u64::from(is_far);
    }

    /// What the frame was and what the coordinates betray, for the report.
    pub(crate) fn finish(&mut self) -> FrameReport {
        // Before the test for swapped axes, which converts coordinates that no feature has.
        let operations = self.used_operations().to_vec();
        let mut warnings = Vec::new();
        if let Some(stated) = &self.overruled {
            warnings.push(format!("the file states {stated}; it was read as {}, as --crs says", self.name));
        }
        if let Some(warning) = self.degrees_warning() {
            warnings.push(warning);
        } else if let Some(warning) = self.swap_warning() {
            warnings.push(warning);
        } else if self.outside > 0 {
            let name = &self.name;
            let [west, south, east, north] = self.area_of_use_deg().unwrap_or_default();
            warnings.push(format!(
                "{} of {} features lie outside the area of use of {name} (longitude {west} to {east}, latitude {south} to {north}); is it the right CRS?",
                self.outside, self.seen
            ));
        }
        if self.far_from_meridian > 0 {
            let meridian = self.facts().and_then(|facts| facts.central_meridian_deg).unwrap_or_default();
            warnings.push(format!(
                "{} of {} features lie over 3° from the central meridian {meridian:.3}° of {}; the zone is probably not the right one",
                self.far_from_meridian, self.seen, self.name
            ));
        }
        let (operation, accuracy_m) = match &self.route {
            Route::Gcj02 | Route::Bd09 => {
                // A degree of a great circle is 111.2 km; the residual is in degrees of either axis.
                let residual_m = self.residual_deg * 111_200.0;
                (format!("{} inverted by iteration, residual {residual_m:.1e} m", self.name), None)
            }
            Route::Proj(_) if operations.is_empty() => ("none: it is longitude, latitude already".to_owned(), Some(0.0)),
            Route::Proj(_) => {
                let names: Vec<&str> = operations.iter().map(|operation| operation.name.as_str()).collect();
                let accuracies: Option<Vec<f64>> = operations.iter().map(|operation| operation.accuracy_m).collect();
                (names.join(" / "), accuracies.map(|all| all.into_iter().fold(0.0, f64::max)))
            }
        };
        let crs = match self.facts() {
            Some(facts) if facts.name != self.name => format!("{} ({})", self.name, facts.name),
            _ => self.name.clone(),
        };
        FrameReport { crs: privacy::scrubbed(crs), operation, accuracy_m, warnings }
    }

    /// Whether what should be metres on a map are degrees.
    fn degrees_warning(&self) -> Option<String> {
        let [x, y] = *self.samples.first()?;
        let is_projected = self.facts().is_some_and(|facts| facts.is_projected);
        (is_projected && self.like_degrees == self.seen).then(|| {
            format!(
                "the coordinates are probably longitude and latitude: those of all {} features lie within ±180 and ±90, the first at {x}, {y}, but {} counts metres, so that they came to lie together at one point; name the system of the degrees, such as --crs EPSG:4490 or EPSG:4326, and import again",
                self.seen, self.name
            )
        })
    }

    /// Whether the coordinates make sense only with their axes the other way round.
    fn swap_warning(&mut self) -> Option<String> {
        let area = self.area_of_use_deg().unwrap_or([-180.0, -90.0, 180.0, 90.0]);
        let count = self.samples.len();
        let mut as_given = self.samples.clone();
        let mut swapped: Vec<[f64; 2]> = self.samples.iter().map(|[x, y]| [*y, *x]).collect();
        self.convert(&mut as_given);
        self.convert(&mut swapped);
        let inside = |positions: &[[f64; 2]]| positions.iter().filter(|position| is_inside(area, **position)).count();
        let (given, turned) = (inside(&as_given), inside(&swapped));
        (count > 0 && given * 2 <= count && turned * 10 >= count * 9 && turned > given).then(|| {
            format!(
                "the axes are probably swapped: of the first {count} features, {given} lie in the area of use of {} as given and {turned} with easting and northing exchanged; exchange the columns or write the coordinates the other way round, and import again",
                self.name
            )
        })
    }
}

fn is_inside([west, south, east, north]: [f64; 4], [lon, lat]: [f64; 2]) -> bool {
    let in_lat = (south - AREA_MARGIN_DEG..=north + AREA_MARGIN_DEG).contains(&lat);
    let in_lon = if west <= east {
        (west - AREA_MARGIN_DEG..=east + AREA_MARGIN_DEG).contains(&lon)
    } else {
        lon >= west - AREA_MARGIN_DEG || lon <= east + AREA_MARGIN_DEG
    };
    in_lat && in_lon
}

/// What is reported of a frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameReport {
    /// The CRS that was read, by code and name.
    pub crs: String,
    /// The operation to longitude, latitude, by PROJ's name.
    pub operation: String,
    /// Its accuracy by the registry, metres; none where it states none.
    pub accuracy_m: Option<f64>,
    /// What the coordinates betray: swapped axes, wrong zone, wrong CRS.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests;
