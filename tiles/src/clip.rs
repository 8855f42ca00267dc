//! Cutting rings and lines at the window, on the integer grid.
//!
//! ```text
//!            least        greatest
//!      - - - -+-------------+- - - -
//!             |   window    |        least = -buffer, greatest = 4096 + buffer, both axes
//!      - - - -+-------------+- - - -
//! ```

use crate::frame::Unit;

/// Cuts a ring (first vertex not repeated) at the square window, one half-plane after another (Sutherland and
/// Hodgman 1974). `ring` becomes what is inside, empty when nothing is. Where the ring leaves and comes back,
/// parts of the result run along the window's edge, outside the tile proper; `repair` undoes overlaps there.
pub fn ring(ring: &mut Vec<Unit>, spare: &mut Vec<Unit>, least: i64, greatest: i64) {
    for axis in 0..2 {
        for (edge, sign) in [(least, 1), (greatest, -1)] {
            if ring.iter().all(|point| (point[axis] - edge) * sign >= 0) {
                continue;
            }
            spare.clear();
            let Some(mut from) = ring.last().copied() else { return };
            for &to in ring.iter() {
                let (from_inside, to_inside) = ((from[axis] - edge) * sign >= 0, (to[axis] - edge) * sign >= 0);
                if from_inside != to_inside {
                    spare.push(crossing(from, to, axis, edge));
                }
                if to_inside {
                    spare.push(to);
                }
                from = to;
            }
            std::mem::swap(ring, spare);
        }
    }
}

/// Cuts a line at the square window; each run inside goes to `emit`, with at least two different points.
pub fn line(line: &[Unit], run: &mut Vec<Unit>, least: i64, greatest: i64, mut emit: impl FnMut(&[Unit])) {
    let mut flush = |run: &mut Vec<Unit>| {
        run.dedup();
        if run.len() > 1 {
            emit(run);
        }
        run.clear();
    };
    run.clear();
    for pair in line.windows(2) {
        let Some([from, to]) = segment(pair[0], pair[1], least, greatest) else {
            flush(run);
            continue;
        };
        if run.last() != Some(&from) {
            flush(run);
            run.push(from);
        }
        run.push(to);
        if to != pair[1] {
            flush(run);
        }
    }
    flush(run);
}

/// The part of a segment inside the window, none when outside.
pub(crate) fn segment(mut from: Unit, mut to: Unit, least: i64, greatest: i64) -> Option<[Unit; 2]> {
    for axis in 0..2 {
        for (edge, sign) in [(least, 1), (greatest, -1)] {
            let (from_inside, to_inside) = ((from[axis] - edge) * sign >= 0, (to[axis] - edge) * sign >= 0);
            match (from_inside, to_inside) {
                (true, true) => {}
                (false, false) => return None,
                (true, false) => to = crossing(from, to, axis, edge),
                (false, true) => from = crossing(from, to, axis, edge),
            }
        }
    }
    Some([from, to])
}

/// Where a segment meets the line `axis = edge`, rounded; the same for both directions of the segment, so that two
/// polygons that share an edge are cut alike. Through f64: past zoom 20 the products would pass 64 bits, and the
/// quotient's error (2^-16 units at worst) is far below the rounding.
fn crossing(from: Unit, to: Unit, axis: usize, edge: i64) -> Unit {
    let (a, b) = if from <= to { (from, to) } else { (to, from) };
    let along = (edge - a[axis]) as f64 / (b[axis] - a[axis]) as f64;
    let other = 1 - axis;
    let met = a[other] + ((b[other] - a[other]) as f64 * along).round() as i64;
    if axis == 0 { [edge, met] } else { [met, edge] }
}

/// Takes out repeated vertices and spikes (there and straight back) of a ring, first vertex not repeated. Fewer than
/// three vertices left means that nothing is left.
pub fn clean_ring(ring: &mut Vec<Unit>) {
    ring.dedup();
    let mut kept = 0;
    let mut next = 0;
    while next < ring.len() {
        let point = ring[next];
        next += 1;
        loop {
            if kept > 0 && ring[kept - 1] == point {
                kept -= 1;
            } else if kept > 1 && is_spike(ring[kept - 2], ring[kept - 1], point) {
                kept -= 1;
                if ring[kept - 1] != point {
                    break;
                }
            } else {
                break;
            }
        }
        // `kept` never passes `next`, so nothing unread is overwritten.
        ring[kept] = point;
        kept += 1;
    }
    ring.truncate(kept);
    // Spikes over the seam between last and first.
    let mut start = 0;
    while ring.len() - start >= 3 {
        let (first, second, last) = (ring[start], ring[start + 1], ring[ring.len() - 1]);
        if last == first || is_spike(ring[ring.len() - 2], last, first) {
            ring.pop();
        } else if is_spike(last, first, second) {
            start += 1;
        } else {
            break;
        }
    }
    ring.drain(..start);
    if ring.len() < 3 {
        ring.clear();
    }
}

fn is_spike(a: Unit, b: Unit, c: Unit) -> bool {
    let (u, v) = ([b[0] - a[0], b[1] - a[1]], [c[0] - b[0], c[1] - b[1]]);
    u[0] * v[1] == u[1] * v[0] && u[0] * v[0] + u[1] * v[1] < 0
}

/// Twice the signed area of a ring, first vertex not repeated; positive for exteriors in MVT's y-south frame
/// (MVT 2.1 section 4.3.3.3, surveyor's formula).
pub fn doubled_area(ring: &[Unit]) -> i64 {
    let Some(&origin) = ring.first() else { return 0 };
    let relative = |point: Unit| [point[0] - origin[0], point[1] - origin[1]];
    ring.windows(2)
        .map(|pair| {
            let (a, b) = (relative(pair[0]), relative(pair[1]));
            a[0] * b[1] - a[1] * b[0]
        })
        .sum()
}
