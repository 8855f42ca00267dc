//! Lines that tell how deep each vertex lies, see [`crate::depth`].

use super::geometry::{View, each_drawn};
use crate::clip;
use crate::frame::Unit;

/// Vertices in tile units with their depths below ground: metres, NaN where not known.
#[derive(Default)]
struct Path {
    units: Vec<Unit>,
    depths_m: Vec<f32>,
}

impl Path {
    fn clear(&mut self) {
        self.units.clear();
        self.depths_m.clear();
    }

    /// Adds a vertex. On the unit of the one before it is the same one, and the lesser depth counts.
    fn push(&mut self, unit: Unit, depth_m: f32) {
        match self.depths_m.last_mut() {
            // Of a number and NaN, `min` gives the number.
            Some(last) if self.units.last() == Some(&unit) => *last = last.min(depth_m),
            _ => {
                self.units.push(unit);
                self.depths_m.push(depth_m);
            }
        }
    }
}

/// Cuts lines and writes down their depths; buffers used again from feature to feature.
#[derive(Default)]
pub(super) struct DeepLines {
    line: Path,
    run: Path,
    text: String,
    /// How many vertices the text is of.
    count: usize,
    /// Whether the depth of any is known.
    known: bool,
}

impl DeepLines {
    /// Begins a feature.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.count = 0;
        self.known = false;
    }

    /// The depths of what was cut since, none where none is known.
    pub(super) fn text(&self) -> Option<&str> {
        self.known.then_some(self.text.as_str())
    }

    /// Takes a line of the layer; answers whether the grid has left it fewer than two vertices.
    pub(super) fn load(&mut self, view: &View<'_>, ring: usize) -> bool {
        self.line.clear();
        let depths_m = view.layer.depths_m(ring);
        each_drawn(view, ring, |vertex, unit| self.line.push(unit, depths_m[vertex]));
        self.line.units.len() < 2
    }

    /// Cuts it at the square window as [`clip::line`] does; each run inside goes to `emit`, its depths to the text.
    pub(super) fn cut(&mut self, least: i64, greatest: i64, mut emit: impl FnMut(&[Unit])) {
        self.run.clear();
        for index in 1..self.line.units.len() {
            let ends = [index - 1, index].map(|index| (self.line.units[index], self.line.depths_m[index]));
            let Some([from, to]) = clip::segment(ends[0].0, ends[1].0, least, greatest) else {
                self.flush(&mut emit);
                continue;
            };
            if self.run.units.last() != Some(&from) {
                self.flush(&mut emit);
            }
            self.run.push(from, depth_between(ends, from));
            self.run.push(to, depth_between(ends, to));
            if to != ends[1].0 {
                self.flush(&mut emit);
            }
        }
        self.flush(&mut emit);
    }

    fn flush(&mut self, emit: &mut impl FnMut(&[Unit])) {
        if self.run.units.len() > 1 {
            emit(&self.run.units);
            for depth_m in &self.run.depths_m {
                if self.count > 0 {
                    self.text.push(',');
                }
                self.count += 1;
                if !depth_m.is_nan() {
                    self.known = true;
                    self.text.push_str(&((f64::from(*depth_m) * 100.0).round() as i64).to_string());
                }
            }
        }
        self.run.clear();
    }
}

/// The depth at a place on a segment between two different places.
fn depth_between([(from, from_m), (to, to_m)]: [(Unit, f32); 2], at: Unit) -> f32 {
    if at == from {
        return from_m;
    }
    if at == to {
        return to_m;
    }
    let spans = [0, 1].map(|axis| to[axis] - from[axis]);
    let axis = usize::from(spans[1].abs() > spans[0].abs());
    let along = (at[axis] - from[axis]) as f64 / spans[axis] as f64;
    (f64::from(from_m) + (f64::from(to_m) - f64::from(from_m)) * along) as f32
}
