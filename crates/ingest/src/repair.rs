//! Shapes are made valid, or it is said why they can't be.

mod area;
mod simple;

pub(crate) use area::area_m2;

use crate::{
    antimeridian::{self, Cut},
    ogr,
    shape::{Shape, parse_wkb},
};
use urbis_model::GeometryKind;

/// How GEOS begins to say that a hole lies outside. Made valid it is an area of its own: right where a writer of several
/// areas in one took the second for a hole, as some do; wrong where a hole has a broken coordinate.
const HOLE_OUTSIDE: &str = "Hole lies outside shell";
/// How many times as large as its outer rings an area with such a hole may become: a stray ring larger than half of the
/// area is for a person to judge.
const MAX_GROWTH: f64 = 1.5;

/// What becomes of a shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// Valid as it is.
    Sound,
    /// Valid now, and what was done.
    Repaired(String),
    /// Not valid, but it can be held and looked at.
    Quarantined(String),
    /// It can't even be held.
    Refused(String),
}

impl Outcome {
    /// The same, with a word more on a feature that is kept: saying one makes a sound shape a repaired one.
    pub(crate) fn and_say(self, word: String) -> Self {
        match self {
            Self::Sound => Self::Repaired(word),
            Self::Repaired(what) => Self::Repaired(format!("{what}; {word}")),
            Self::Quarantined(why) => Self::Quarantined(format!("{why}; {word}")),
            refused @ Self::Refused(_) => refused,
        }
    }
}

/// What was done so far.
#[derive(Default)]
struct Done(Vec<String>);

impl Done {
    fn outcome(self) -> Outcome {
        if self.0.is_empty() { Outcome::Sound } else { Outcome::Repaired(self.0.join("; ")) }
    }

    fn say(&mut self, what: impl Into<String>) {
        self.0.push(what.into());
    }
}

/// Looks at a shape in the source's frame: numbers are numbers, rings are closed and long enough.
///
/// `Refused` and `Quarantined` are final; what `Repaired` says goes on into [`finish`].
pub(crate) fn prepare(shape: &mut Shape) -> Outcome {
    let mut done = Done::default();
    if shape.is_empty() {
        return Outcome::Refused("it has no shape".into());
    }
    if let Some(vertex) = shape.xy.iter().position(|[x, y]| !x.is_finite() || !y.is_finite()) {
        let [x, y] = shape.xy[vertex];
        return Outcome::Refused(format!("vertex {} is at {x}, {y}, which is no place", vertex + 1));
    }
    if shape.z.iter().any(|z| z.is_infinite()) {
        shape.z.iter_mut().filter(|z| z.is_infinite()).for_each(|z| *z = f64::NAN);
        done.say("infinite heights of vertices were taken out");
    }
    if shape.z.iter().all(|z| z.is_nan()) {
        shape.z.clear();
    }
    match shape.kind.dimension() {
        0 => {}
        1 => {
            let is_point = |ring: usize| {
                let vertices = &shape.xy[shape.ring(ring)];
                vertices.iter().all(|vertex| *vertex == vertices[0])
            };
            let short: Vec<bool> = (0..shape.ring_ends.len()).map(is_point).collect();
            if short.iter().all(|short| *short) {
                hold_as_points(shape);
                return Outcome::Quarantined("the line has no length".into());
            }
            if short.contains(&true) {
                keep_rings(shape, |ring| !short[ring]);
                done.say("parts without length were taken out");
            }
        }
        _ => {
            close_rings(shape, &mut done);
            let short: Vec<bool> = (0..shape.ring_ends.len()).map(|ring| shape.ring(ring).len() < 4).collect();
            if short.contains(&true) {
                let exteriors: Vec<bool> = shape.parts().map(|part| short[part.start]).collect();
                if exteriors.iter().all(|short| *short) {
                    hold_as_lines(shape);
                    return Outcome::Quarantined("the area has fewer than three corners".into());
                }
                let of_short_part: Vec<bool> =
                    shape.parts().zip(&exteriors).flat_map(|(part, short)| part.map(|_| *short)).collect();
                keep_rings(shape, |ring| !short[ring] && !of_short_part[ring]);
                done.say("rings with fewer than three corners were taken out");
            }
        }
    }
    done.outcome()
}

/// Looks at a shape in degrees: inside the globe, cut at the 180th meridian, valid as OGC Simple Features say,
/// exterior rings counter-clockwise (RFC 7946). Faces in space are left as they are.
pub(crate) fn finish(shape: &mut Shape, prepared: Outcome) -> Outcome {
    let mut done = Done::default();
    if let Outcome::Repaired(what) = prepared {
        done.say(what);
    }
    let on_globe = |[lon, lat]: &[f64; 2]| (-180.0..=360.0).contains(lon) && (-90.0..=90.0).contains(lat);
    if let Some(vertex) = shape.xy.iter().position(|position| !on_globe(position)) {
        let [lon, lat] = shape.xy[vertex];
        return Outcome::Refused(if lon.is_finite() {
            format!(
                "vertex {} is at longitude {lon}, latitude {lat}, which is not on the globe (wrong CRS, or swapped axes?)",
                vertex + 1
            )
        } else {
            format!("vertex {} lies outside what the CRS can be converted for (wrong CRS, or swapped axes?)", vertex + 1)
        });
    }
    let before = shape.kind.dimension() == 2 && shape.xy.iter().any(|[lon, _]| lon.abs() > 179.0);
    let whole = if before { Some(shape.clone()) } else { None };
    match antimeridian::cut(shape) {
        Cut::Untouched => {}
        Cut::Done => done.say("it was cut at the 180th meridian"),
        Cut::RoundAPole => {
            if let Some(whole) = whole {
                *shape = whole;
            }
            shape.xy.iter_mut().filter(|[lon, _]| *lon > 180.0).for_each(|[lon, _]| *lon -= 360.0);
            return Outcome::Quarantined("the area goes round a pole; cut it at the 180th meridian first".into());
        }
    }
    if shape.kind.dimension() < 2 {
        return done.outcome();
    }
    if has_upright_faces(shape) {
        shape.kind = GeometryKind::MultiSurface;
    }
    if shape.kind.is_spatial() {
        return match shape.z.len() == shape.xy.len() && shape.z.iter().all(|z| z.is_finite()) {
            true => done.outcome(),
            false => Outcome::Refused("faces in space need a height at every vertex".into()),
        };
    }
    make_valid(shape, done)
}

fn make_valid(shape: &mut Shape, mut done: Done) -> Outcome {
    if !simple::is_certainly_valid(shape) {
        let mut wkb = Vec::new();
        shape.append_wkb(&mut wkb);
        if let Some(reason) = ogr::why_invalid(&wkb) {
            let before_m2 = area_m2(shape);
            let kind = shape.kind;
            let mut valid = Shape::default();
            let made = ogr::made_valid(&wkb).is_some_and(|wkb| parse_wkb(&wkb, &mut valid).is_ok());
            if !made || valid.is_empty() || valid.kind.dimension() != kind.dimension() || area_m2(&valid) == 0.0 {
                return Outcome::Quarantined(format!("the area is zero or falls apart when it is made valid ({reason})"));
            }
            let after_m2 = area_m2(&valid);
            if reason.starts_with(HOLE_OUTSIDE) && after_m2 > area::shells_m2(shape) * MAX_GROWTH {
                return Outcome::Quarantined(format!(
                    "{reason}; as an area of its own it would make {after_m2:.2} m² of {:.2} m², so it is left as it is",
                    area::shells_m2(shape)
                ));
            }
            *shape = valid;
            if shape.z.iter().all(|z| z.is_nan()) {
                shape.z.clear();
            }
            done.say(format!("{reason}; made valid, area {before_m2:.2} m² before and {after_m2:.2} m² after"));
        }
    }
    area::orient(shape);
    done.outcome()
}

/// Whether a multipolygon has heights and faces that stand upright, so that it is a surface in space and no map area.
fn has_upright_faces(shape: &Shape) -> bool {
    matches!(shape.kind, GeometryKind::MultiPolygon | GeometryKind::Polygon)
        && shape.z.len() == shape.xy.len()
        && !shape.z.is_empty()
        && shape.parts().any(|part| {
            let range = shape.ring(part.start);
            let xy = &shape.xy[range.clone()];
            area::twice_planar_area(xy) == 0.0 && area::is_face(xy, &shape.z[range])
        })
}

fn close_rings(shape: &mut Shape, done: &mut Done) {
    let open = |ring: usize| {
        let vertices = &shape.xy[shape.ring(ring)];
        vertices.len() >= 3 && vertices.first() != vertices.last()
    };
    let count = (0..shape.ring_ends.len()).filter(|ring| open(*ring)).count();
    if count == 0 {
        return;
    }
    let mut closed = Shape { kind: shape.kind, ..Shape::default() };
    for part in shape.parts() {
        for ring in part {
            let range = shape.ring(ring);
            let close = open(ring);
            closed.xy.extend(&shape.xy[range.clone()]);
            closed.xy.extend(close.then(|| shape.xy[range.start]));
            if !shape.z.is_empty() {
                closed.z.extend(&shape.z[range.clone()]);
                closed.z.extend(close.then(|| shape.z[range.start]));
            }
            closed.end_ring();
        }
        closed.end_part();
    }
    *shape = closed;
    done.say(if count == 1 { "an unclosed ring was closed".to_owned() } else { format!("{count} unclosed rings were closed") });
}

fn keep_rings(shape: &mut Shape, keep: impl Fn(usize) -> bool) {
    let mut kept = Shape { kind: shape.kind, ..Shape::default() };
    for part in shape.parts() {
        for ring in part {
            if keep(ring) {
                let range = shape.ring(ring);
                kept.xy.extend(&shape.xy[range.clone()]);
                kept.z.extend(shape.z.get(range).unwrap_or(&[]));
                kept.end_ring();
            }
        }
        kept.end_part();
    }
    kept.fit_kind();
    *shape = kept;
}

/// Turns what is no line into points, to be looked at.
fn hold_as_points(shape: &mut Shape) {
    let first = shape.xy[0];
    shape.clear();
    shape.kind = GeometryKind::Point;
    shape.xy.push(first);
    shape.end_ring();
    shape.end_part();
}

/// Turns what is no area into lines (or a point), to be looked at.
fn hold_as_lines(shape: &mut Shape) {
    if shape.xy.iter().all(|vertex| *vertex == shape.xy[0]) || shape.xy.len() < 2 {
        return hold_as_points(shape);
    }
    let mut lines = Shape { kind: GeometryKind::LineString, ..Shape::default() };
    for ring in 0..shape.ring_ends.len() {
        let range = shape.ring(ring);
        if range.len() >= 2 {
            lines.xy.extend(&shape.xy[range]);
            lines.end_ring();
            lines.end_part();
        }
    }
    if lines.is_empty() {
        return hold_as_points(shape);
    }
    lines.fit_kind();
    *shape = lines;
}

#[cfg(test)]
mod tests;
