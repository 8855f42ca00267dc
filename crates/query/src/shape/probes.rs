//! Whether an area made valid is the area that was given: asked of points, by counting the sides to the east of them.
//!
//! The overlay is a library's, and on outlines that cross and run over themselves many times it has been seen to lose a
//! sixth of the area. A point in every corner of the outline and some anywhere find that out; what they find is refused.

use geo::{Coord, LineString, MultiPolygon};

/// Points anywhere in the box, and at most so many beside sides.
const ANYWHERE: usize = 256;
const BESIDE: usize = 1024;
/// Work for one area: points times sides.
const MOST_STEPS: usize = 40_000_000;
/// How far beside a side a point is, and how near to any it tells nothing; parts of the extent. The overlay rounds to a
/// 2^28th of it.
const BESIDE_SHARE: f64 = 1e-5;
const NEAR_SHARE: f64 = 1e-7;

/// Whether the points find both areas to be the same: `given` with the even-odd rule in each part, `made` valid.
pub(crate) fn find_same(given: &MultiPolygon, made: &MultiPolygon) -> bool {
    let sides: Vec<[Coord; 2]> = rings(given).flat_map(|ring| ring.lines().map(|line| [line.start, line.end])).collect();
    let (mut min, mut max) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for [Coord { x, y }, _] in &sides {
        (min, max) = ([min[0].min(*x), min[1].min(*y)], [max[0].max(*x), max[1].max(*y)]);
    }
    let size = [max[0] - min[0], max[1] - min[1]];
    let extent = size[0].max(size[1]);
    let most = (MOST_STEPS / sides.len().max(1)).clamp(64, ANYWHERE + 2 * BESIDE);
    // The fractional parts of multiples of the plastic number's powers lie evenly (Roberts 2018, "The unreasonable
    // effectiveness of quasirandom sequences").
    let anywhere = (1..=ANYWHERE.min(most / 4)).map(|nth| {
        let at = |axis: usize, step: f64| min[axis] + size[axis] * (nth as f64 * step).fract();
        Coord { x: at(0, 0.754_877_666_246_692_7), y: at(1, 0.569_840_290_998_053_3) }
    });
    let every = sides.len().div_ceil((most * 3 / 8).clamp(1, BESIDE)).max(1);
    let beside = sides.iter().step_by(every).flat_map(|[from, to]| {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        [1.0, -1.0].map(|way| {
            let off = way * extent * BESIDE_SHARE / length;
            Coord { x: from.x + dx * 0.47 - dy * off, y: from.y + dy * 0.47 + dx * off }
        })
    });
    anywhere.chain(beside).all(|point| {
        let (is_given, given_near) = is_inside(given, point, extent * NEAR_SHARE);
        let (is_made, made_near) = is_inside(made, point, extent * NEAR_SHARE);
        given_near || made_near || is_given == is_made
    })
}

fn rings(area: &MultiPolygon) -> impl Iterator<Item = &LineString> {
    area.iter().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
}

/// Whether a point is in any part, and whether it is too near to a side to be told.
fn is_inside(area: &MultiPolygon, point: Coord, near: f64) -> (bool, bool) {
    let (mut is_inside, mut is_near) = (false, false);
    for part in area {
        let mut in_part = false;
        for side in std::iter::once(part.exterior()).chain(part.interiors()).flat_map(LineString::lines) {
            let (a, b) = (side.start, side.end);
            let (dx, dy) = (b.x - a.x, b.y - a.y);
            let squared = dx * dx + dy * dy;
            let along =
                if squared > 0.0 { (((point.x - a.x) * dx + (point.y - a.y) * dy) / squared).clamp(0.0, 1.0) } else { 0.0 };
            is_near |= (point.x - a.x - along * dx).hypot(point.y - a.y - along * dy) < near;
            in_part ^= (a.y > point.y) != (b.y > point.y) && point.x < dx * (point.y - a.y) / dy + a.x;
        }
        is_inside |= in_part;
    }
    (is_inside, is_near)
}

#[cfg(test)]
mod tests {
    use super::find_same;
    use geo::{MultiPolygon, polygon};

    #[test]
    fn an_area_that_lacks_a_part_is_another() {
        let square = |west: f64| polygon![(x: west, y: 0.0), (x: west + 1.0, y: 0.0), (x: west + 1.0, y: 1.0), (x: west, y: 1.0)];
        let whole = polygon![(x: 0.0, y: 0.0), (x: 2.0, y: 0.0), (x: 2.0, y: 1.0), (x: 0.0, y: 1.0)];
        let halves = MultiPolygon::new(vec![square(0.0), square(1.0)]);
        let over = MultiPolygon::new(vec![square(0.0), square(0.5), square(1.0)]);
        let whole = MultiPolygon::new(vec![whole]);
        assert!(find_same(&halves, &whole) && find_same(&over, &whole));
        assert!(!find_same(&halves, &MultiPolygon::new(vec![square(0.0)])));
        assert!(!find_same(&MultiPolygon::new(vec![square(0.0)]), &whole));
    }
}
