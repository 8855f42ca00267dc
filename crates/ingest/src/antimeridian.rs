//! Shapes over the 180th meridian are cut at it (RFC 7946, section 3.1.9).

use crate::shape::Shape;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The shape does not cross.
    Untouched,
    /// It was cut, or brought back from longitudes past 180°.
    Done,
    /// It goes round a pole, which no cut makes a planar area.
    RoundAPole,
}

/// Cuts a shape in degrees. Two neighbours over 180° of longitude apart are taken to go the short way round, as the RFC
/// says; longitudes in 180..=360 are taken as running on past the meridian.
pub(crate) fn cut(shape: &mut Shape) -> Cut {
    if shape.kind.is_spatial() || !crosses(shape) {
        return Cut::Untouched;
    }
    match shape.kind.dimension() {
        0 => {
            for [lon, _] in &mut shape.xy {
                *lon = back(*lon);
            }
            Cut::Done
        }
        1 => {
            cut_lines(shape);
            Cut::Done
        }
        _ => cut_areas(shape),
    }
}

fn crosses(shape: &Shape) -> bool {
    if shape.xy.iter().any(|[lon, _]| *lon > 180.0 && *lon <= 360.0) {
        return true;
    }
    shape.kind.dimension() > 0
        && (0..shape.ring_ends.len())
            .any(|ring| shape.xy[shape.ring(ring)].windows(2).any(|pair| is_jump(pair[0][0], pair[1][0])))
}

/// Over half the globe between neighbours; a whole turn exactly is the edge of a map of the world.
fn is_jump(from: f64, to: f64) -> bool {
    let apart = (to - from).abs();
    apart > 180.0 && apart < 360.0 - 1e-9
}

fn back(lon: f64) -> f64 {
    if lon > 180.0 {
        lon - 360.0
    } else if lon < -180.0 {
        lon + 360.0
    } else {
        lon
    }
}

/// A ring or line without jumps: longitudes run on past ±180.
fn unwrapped(vertices: &[[f64; 2]], z: &[f64]) -> Vec<[f64; 3]> {
    let (mut turn, mut before) = (0.0, None);
    let mut out = Vec::with_capacity(vertices.len());
    for (index, &[lon, lat]) in vertices.iter().enumerate() {
        if let Some(before) = before
            && is_jump(before, lon)
        {
            turn += if lon < before { 360.0 } else { -360.0 };
        }
        before = Some(lon);
        out.push([lon + turn, lat, z.get(index).copied().unwrap_or(f64::NAN)]);
    }
    out
}

/// The vertex where an edge meets a meridian.
fn meeting(from: [f64; 3], to: [f64; 3], lon: f64) -> [f64; 3] {
    let share = (lon - from[0]) / (to[0] - from[0]);
    [lon, from[1] + (to[1] - from[1]) * share, from[2] + (to[2] - from[2]) * share]
}

fn push(out: &mut Shape, [lon, lat, z]: [f64; 3], with_z: bool) {
    out.xy.push([lon, lat]);
    if with_z {
        out.z.push(z);
    }
}

/// The bands of 360° that cut pieces fall in, and what brings each back to −180..180.
const BANDS: [(f64, f64, f64); 3] = [(-540.0, -180.0, 360.0), (-180.0, 180.0, 0.0), (180.0, 540.0, -360.0)];

fn cut_lines(shape: &mut Shape) {
    let with_z = !shape.z.is_empty();
    let mut out = Shape { kind: shape.kind, ..Shape::default() };
    let end = |out: &mut Shape| {
        out.end_ring();
        out.end_part();
    };
    for ring in 0..shape.ring_ends.len() {
        let range = shape.ring(ring);
        let line = unwrapped(&shape.xy[range.clone()], shape.z.get(range).unwrap_or(&[]));
        let mut at = line[0];
        let mut band = BANDS.iter().position(|(west, east, _)| (*west..=*east).contains(&at[0])).unwrap_or(1);
        push(&mut out, [at[0] + BANDS[band].2, at[1], at[2]], with_z);
        for &to in &line[1..] {
            loop {
                let (west, east, shift) = BANDS[band];
                let edge = if to[0] > east && band < 2 {
                    Some((east, band + 1))
                } else if to[0] < west && band > 0 {
                    Some((west, band - 1))
                } else {
                    None
                };
                let Some((lon, next)) = edge else {
                    push(&mut out, [to[0] + shift, to[1], to[2]], with_z);
                    break;
                };
                let cut = meeting(at, to, lon);
                push(&mut out, [lon + shift, cut[1], cut[2]], with_z);
                end(&mut out);
                band = next;
                at = cut;
                push(&mut out, [lon + BANDS[band].2, cut[1], cut[2]], with_z);
            }
            at = to;
        }
        end(&mut out);
    }
    out.fit_kind();
    *shape = out;
}

fn cut_areas(shape: &mut Shape) -> Cut {
    let with_z = !shape.z.is_empty();
    let mut out = Shape { kind: shape.kind, ..Shape::default() };
    for part in shape.parts() {
        let mut rings: Vec<Vec<[f64; 3]>> = part
            .map(|ring| {
                let range = shape.ring(ring);
                unwrapped(&shape.xy[range.clone()], shape.z.get(range).unwrap_or(&[]))
            })
            .collect();
        if rings.iter().any(|ring| ring.first().zip(ring.last()).is_some_and(|(first, last)| (first[0] - last[0]).abs() > 180.0))
        {
            return Cut::RoundAPole;
        }
        // Holes start anywhere; they belong where their exterior is.
        let exterior = rings[0]
            .iter()
            .map(|vertex| vertex[0])
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(west, east), lon| (west.min(lon), east.max(lon)));
        for hole in &mut rings[1..] {
            let lon = hole[0][0];
            let turn = if lon < exterior.0 {
                360.0
            } else if lon > exterior.1 {
                -360.0
            } else {
                0.0
            };
            hole.iter_mut().for_each(|vertex| vertex[0] += turn);
        }
        for (west, east, shift) in BANDS {
            for ring in &rings {
                let kept = clip(&clip(ring, |vertex| vertex[0] >= west, west), |vertex| vertex[0] <= east, east);
                if kept.len() >= 3 {
                    for vertex in kept.iter().chain([&kept[0]]) {
                        push(&mut out, [vertex[0] + shift, vertex[1], vertex[2]], with_z);
                    }
                    out.end_ring();
                }
            }
            out.end_part();
        }
    }
    out.fit_kind();
    *shape = out;
    Cut::Done
}

/// Sutherland and Hodgman's clip of a ring by one meridian, without its closing vertex. Where a ring comes back several
/// times it leaves edges along the cut; the validity check that follows takes those out.
fn clip(ring: &[[f64; 3]], inside: impl Fn(&[f64; 3]) -> bool, lon: f64) -> Vec<[f64; 3]> {
    let mut out: Vec<[f64; 3]> = Vec::with_capacity(ring.len() + 4);
    for (index, to) in ring.iter().enumerate() {
        let from = &ring[if index == 0 { ring.len() - 1 } else { index - 1 }];
        if inside(from) != inside(to) && from[0] != to[0] {
            out.push(meeting(*from, *to, lon));
        }
        if inside(to) {
            out.push(*to);
        }
    }
    out.dedup_by(|a, b| a[0] == b[0] && a[1] == b[1]);
    if out.len() > 1 && out[0][..2] == out[out.len() - 1][..2] {
        out.pop();
    }
    out
}

#[cfg(test)]
mod tests;
