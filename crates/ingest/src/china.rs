//! The shifted frames of Chinese web maps, taken back by iteration.
//!
//! GCJ-02 has no published definition; the formula is the one that leaked and that every map library carries (here
//! after its description in the `eviltransform` project). Only the way into GCJ-02 has a formula; the way back is the
//! position whose image is the given one, found by fixed-point iteration, which converges since the shift changes by
//! less than 0.1 % from place to place.

/// Semi-major axis of the Krasovsky 1940 ellipsoid, metres, as in the GCJ-02 formula.
const KRASOVSKY_SEMI_MAJOR_AXIS_M: f64 = 6_378_245.0;
/// First eccentricity squared that goes with it in the formula.
const KRASOVSKY_ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// Where the iteration stops, degrees: a tenth of a micrometre on the ground.
const ENOUGH_DEG: f64 = 1e-12;
/// A dozen steps reach it everywhere in China.
const MAX_STEPS: usize = 40;

/// Longitude, latitude of WGS 84 from GCJ-02, and the residual of the iteration in degrees.
pub(crate) fn wgs84_from_gcj02(position: [f64; 2]) -> ([f64; 2], f64) {
    invert(position, gcj02_from_wgs84)
}

/// Longitude, latitude of WGS 84 from BD-09, and the residual of the iteration in degrees.
pub(crate) fn wgs84_from_bd09(position: [f64; 2]) -> ([f64; 2], f64) {
    invert(position, |wgs84| bd09_from_gcj02(gcj02_from_wgs84(wgs84)))
}

fn invert([x, y]: [f64; 2], forward: impl Fn([f64; 2]) -> [f64; 2]) -> ([f64; 2], f64) {
    let (mut guess, mut residual) = ([x, y], f64::INFINITY);
    for _ in 0..MAX_STEPS {
        let image = forward(guess);
        let miss = [x - image[0], y - image[1]];
        residual = miss[0].abs().max(miss[1].abs());
        if residual < ENOUGH_DEG || residual.is_nan() {
            break;
        }
        guess = [guess[0] + miss[0], guess[1] + miss[1]];
    }
    (guess, residual)
}

/// The box outside which the formula shifts nothing: west, south, east, north.
pub(crate) const FORMULA_BOX_DEG: [f64; 4] = [72.004, 0.8293, 137.8347, 55.8271];

fn is_outside_china([lon, lat]: [f64; 2]) -> bool {
    let [west, south, east, north] = FORMULA_BOX_DEG;
    !((west..=east).contains(&lon) && (south..=north).contains(&lat))
}

pub(crate) fn gcj02_from_wgs84([lon, lat]: [f64; 2]) -> [f64; 2] {
    use std::f64::consts::PI;
    if is_outside_china([lon, lat]) {
        return [lon, lat];
    }
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |angle: f64, first: f64, second: f64, third: f64, weights: [f64; 3]| {
        (weights[0] * (angle / first * PI).sin()
            + weights[1] * (angle / second * PI).sin()
            + weights[2] * (angle / third * PI).sin())
            * 2.0
            / 3.0
    };
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let root = x.abs().sqrt();
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + ripple
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + ripple
        + wave(x, 1.0, 3.0, 1.0, [20.0, 40.0, 0.0])
        + wave(x, 12.0, 30.0, 1.0, [150.0, 300.0, 0.0]);
    let phi = lat.to_radians();
    let squared = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * phi.sin() * phi.sin();
    let north_deg = (north * 180.0)
        / ((KRASOVSKY_SEMI_MAJOR_AXIS_M * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED)) / (squared * squared.sqrt()) * PI);
    let east_deg = (east * 180.0) / (KRASOVSKY_SEMI_MAJOR_AXIS_M / squared.sqrt() * phi.cos() * PI);
    [lon + east_deg, lat + north_deg]
}

pub(crate) fn bd09_from_gcj02([lon, lat]: [f64; 2]) -> [f64; 2] {
    if is_outside_china([lon, lat]) {
        return [lon, lat];
    }
    let turn = std::f64::consts::PI * 3000.0 / 180.0;
    let radius = lon.hypot(lat) + 0.00002 * (lat * turn).sin();
    let angle = lat.atan2(lon) + 0.000003 * (lon * turn).cos();
    [radius * angle.cos() + 0.0065, radius * angle.sin() + 0.006]
}

#[cfg(test)]
mod tests;
