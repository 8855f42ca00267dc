//! One feature's geometry as MVT commands (MVT 2.1 section 4.3).

use super::deep::DeepLines;
use crate::clip::{self, clean_ring, doubled_area};
use crate::dust::Grain;
use crate::frame::{EXTENT, Frame, Place, UNITS_PER_PIXEL, Unit};
use crate::prepare::TileLayer;
use crate::protobuf::{varint, varint_pair, zigzag};
use crate::repair::repair;
use crate::simple::{Edge, Rings, is_valid};

/// Buffers used again from feature to feature.
#[derive(Default)]
pub(super) struct Shaper {
    ring: Vec<Unit>,
    spare: Vec<Unit>,
    rings: Rings,
    edges: Vec<Edge>,
    deep: DeepLines,
}

/// What came of a feature.
pub(super) enum Written {
    /// Commands were written.
    Shape {
        /// Whether the polygon was not valid on the grid before.
        repaired: bool,
    },
    /// It does not reach into the window after all.
    Nothing,
    /// It is too small to draw.
    TooSmall,
}

/// What is drawn where, and with which vertices.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) layer: &'a TileLayer,
    pub(super) frame: Frame,
    /// The zoom whose vertices are drawn: the tile's, or a lower one where a single shape passes the byte budget.
    pub(super) detail: u8,
}

impl Shaper {
    /// Writes the geometry commands of the feature of this position.
    pub(super) fn write(&mut self, view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
        self.deep.clear();
        match view.layer.dimension(position) {
            0 => self.write_points(view, position, commands),
            1 if view.layer.tells_depths(view.frame.z) => self.write_deep_lines(view, position, commands),
            1 => self.write_lines(view, position, commands),
            _ => self.write_polygons(view, position, commands),
        }
    }

    /// The depths of the line written last, see [`crate::depth`]; none where none is told.
    pub(super) fn depths_cm(&self) -> Option<&str> {
        self.deep.text()
    }

    fn write_points(&mut self, view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
        let (least, greatest) = view.frame.window();
        let points = &mut self.ring;
        points.clear();
        for part in view.layer.parts(position) {
            for ring in view.layer.rings(part) {
                points.extend(view.layer.drawn(ring, u8::MAX).map(|world| view.frame.unit_from_world(world)));
            }
        }
        points.retain(|point| point.iter().all(|part| (least..=greatest).contains(part)));
        if points.len() > 1 {
            points.sort_unstable();
            points.dedup();
        }
        if points.is_empty() {
            return Written::Nothing;
        }
        let mut pen = Pen { out: commands, cursor: [0, 0] };
        pen.command(MOVE_TO, points.len());
        points.iter().for_each(|point| pen.to(*point));
        Written::Shape { repaired: false }
    }

    fn write_lines(&mut self, view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
        let (least, greatest) = view.frame.window();
        let inside = view.frame.place(view.layer.bounds(position)) == Place::Inside;
        let Self { ring: line, spare, .. } = self;
        let mut pen = Pen { out: commands, cursor: [0, 0] };
        let mut degenerate = false;
        for part in view.layer.parts(position) {
            for ring in view.layer.rings(part) {
                load(view, ring, line);
                degenerate |= line.len() < 2;
                if inside {
                    if line.len() > 1 {
                        pen.path(line);
                    }
                } else {
                    clip::line(line, spare, least, greatest, |run| pen.path(run));
                }
            }
        }
        lines_written(pen.out, degenerate)
    }

    fn write_deep_lines(&mut self, view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
        let (least, greatest) = view.frame.window();
        let mut pen = Pen { out: commands, cursor: [0, 0] };
        let mut degenerate = false;
        for ring in view.layer.parts(position).flat_map(|part| view.layer.rings(part)) {
            degenerate |= self.deep.load(view, ring);
            self.deep.cut(least, greatest, |run| pen.path(run));
        }
        lines_written(pen.out, degenerate)
    }

    fn write_polygons(&mut self, view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
        let View { layer, frame, .. } = view;
        let bounds = layer.bounds(position);
        let full_detail = frame.z >= layer.definition().max_zoom;
        match layer.dust().grain(position, frame.z) {
            Grain::Shape => {}
            Grain::Square => return write_square(bounds.center(), frame, commands),
            Grain::Nothing => return Written::TooSmall,
        }
        let inside = frame.place(bounds) == Place::Inside;
        if inside && view.detail == frame.z && layer.sound(position).at(frame.z) {
            write_sound_ring(view, position, commands);
            return Written::Shape { repaired: false };
        }
        self.collect_rings(view, position, inside, full_detail);
        let mut repaired = false;
        if !self.rings.ends.is_empty() && !is_valid(&self.rings, &mut self.edges) {
            repair(&mut self.rings);
            repaired = true;
        }
        if self.rings.ends.is_empty() {
            return if inside && !layer.definition().coverage {
                write_sliver(layer, position, frame, commands)
            } else {
                Written::Nothing
            };
        }
        let mut pen = Pen { out: commands, cursor: [0, 0] };
        for (ring, _) in self.rings.iter() {
            pen.path(ring);
            pen.command(CLOSE_PATH, 1);
        }
        Written::Shape { repaired }
    }

    /// Fills `self.rings` with the feature's rings in tile units, cut, cleaned and wound as MVT wants.
    fn collect_rings(&mut self, view: &View<'_>, position: u32, inside: bool, full_detail: bool) {
        let (least, greatest) = view.frame.window();
        // Below full detail, and where no other polygon fills them, holes of less than a quarter pixel only cost bytes.
        let coverage = view.layer.definition().coverage;
        let least_hole = if full_detail || coverage { 0 } else { UNITS_PER_PIXEL * UNITS_PER_PIXEL / 2 };
        let Self { ring, spare, rings, .. } = self;
        rings.clear();
        for part in view.layer.parts(position) {
            for (index, prepared) in view.layer.rings(part).enumerate() {
                load(view, prepared, ring);
                if !inside {
                    clip::ring(ring, spare, least, greatest);
                }
                clean_ring(ring);
                let area = doubled_area(ring);
                let exterior = index == 0;
                // Not asked of exteriors: a figure of eight has area, though its sum is zero.
                if ring.is_empty() || (!exterior && area.abs() < least_hole) {
                    if exterior {
                        break;
                    }
                    continue;
                }
                if exterior != (area > 0) {
                    ring.reverse();
                }
                rings.push(ring, exterior);
            }
        }
    }
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

/// Command integers with the cursor they move.
struct Pen<'a> {
    out: &'a mut Vec<u8>,
    cursor: Unit,
}

impl Pen<'_> {
    fn command(&mut self, id: u64, count: usize) {
        varint(self.out, id | (count as u64) << 3);
    }

    #[inline]
    fn to(&mut self, point: Unit) {
        varint_pair(self.out, zigzag(point[0] - self.cursor[0]), zigzag(point[1] - self.cursor[1]));
        self.cursor = point;
    }

    fn path(&mut self, points: &[Unit]) {
        self.command(MOVE_TO, 1);
        self.to(points[0]);
        self.command(LINE_TO, points.len() - 1);
        points[1..].iter().for_each(|point| self.to(*point));
    }

    fn ring(&mut self, count: usize, mut points: impl Iterator<Item = Unit>) {
        self.command(MOVE_TO, 1);
        points.by_ref().take(1).for_each(|point| self.to(point));
        self.command(LINE_TO, count - 1);
        points.for_each(|point| self.to(point));
        self.command(CLOSE_PATH, 1);
    }
}

/// What became of lines whose commands are these; `degenerate` when the grid left one of them fewer than two vertices.
fn lines_written(commands: &[u8], degenerate: bool) -> Written {
    match (commands.is_empty(), degenerate) {
        (false, _) => Written::Shape { repaired: false },
        (true, true) => Written::TooSmall,
        (true, false) => Written::Nothing,
    }
}

/// A prepared ring or line in tile units: vertices drawn at this zoom, repeats taken out.
fn load(view: &View<'_>, ring: usize, into: &mut Vec<Unit>) {
    into.clear();
    each_drawn(view, ring, |_, unit| {
        if into.last() != Some(&unit) {
            into.push(unit);
        }
    });
}

/// The vertices of a prepared ring or line that are drawn at this zoom: which of the ring's, and where. Of a stretch that
/// lies wholly beyond one edge of the window only the ends are given: cutting takes out the rest either way.
pub(super) fn each_drawn(view: &View<'_>, ring: usize, mut see: impl FnMut(usize, Unit)) {
    let View { layer, frame, detail } = *view;
    let mut end = 0;
    for (block, world, zooms) in layer.stretches(ring) {
        let start = end;
        end += world.len();
        if block.is_some_and(|block| block.from > detail) {
            continue;
        }
        let drawn = |zooms: &[u8; 2]| zooms[0] <= detail && detail <= zooms[1];
        if block.is_some_and(|block| frame.is_beyond_an_edge(&block.bounds)) {
            let first = zooms.iter().position(drawn);
            let last = zooms.iter().rposition(drawn);
            first.into_iter().chain(last).for_each(|index| see(start + index, frame.unit_from_world(world[index])));
            continue;
        }
        for (index, (point, zooms)) in world.iter().zip(zooms).enumerate() {
            if drawn(zooms) {
                see(start + index, frame.unit_from_world(*point));
            }
        }
    }
}

/// Writes a ring that rounding leaves as it is, straight from the world grid.
fn write_sound_ring(view: &View<'_>, position: u32, commands: &mut Vec<u8>) {
    let ring = view.layer.rings(view.layer.parts(position).start).start;
    let points = view.layer.drawn(ring, view.detail).map(|point| view.frame.unit_from_world(point));
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    if view.layer.sound(position).reversed() {
        pen.ring(points.clone().count(), points.rev());
    } else {
        pen.ring(points.clone().count(), points);
    }
}

/// A square of one pixel around a point: dust.
fn write_square(center: [u32; 2], frame: &Frame, commands: &mut Vec<u8>) -> Written {
    let half = UNITS_PER_PIXEL / 2;
    let (least, greatest) = frame.window();
    let [x, y] = frame.unit_from_world(center);
    let [left, top] = [x - half, y - half].map(|part| part.max(least));
    let [right, bottom] = [x + half, y + half].map(|part| part.min(greatest));
    if left >= right || top >= bottom {
        return Written::Nothing;
    }
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    pen.path(&[[left, top], [right, top], [right, bottom], [left, bottom]]);
    pen.command(CLOSE_PATH, 1);
    Written::Shape { repaired: false }
}

/// A polygon whose width the grid swallows, drawn as a triangle one unit wide along its longest reach, so that a wall
/// of 300 m does not vanish; nothing when it is no longer than a pixel.
fn write_sliver(layer: &TileLayer, position: u32, frame: &Frame, commands: &mut Vec<u8>) -> Written {
    let rings = layer.parts(position).flat_map(|part| layer.rings(part));
    let vertices = rings.flat_map(|ring| layer.drawn(ring, u8::MAX));
    let mut ends: Option<(Unit, Unit)> = None;
    for world in vertices {
        let unit = frame.unit_from_world(world);
        let (least, greatest) = ends.unwrap_or((unit, unit));
        ends = Some((least.min(unit), greatest.max(unit)));
    }
    let Some((a, b)) = ends else { return Written::Nothing };
    let (dx, dy) = ((b[0] - a[0]).abs(), (b[1] - a[1]).abs());
    if dx.max(dy) < UNITS_PER_PIXEL {
        return Written::TooSmall;
    }
    // One unit to the inner side of the window.
    let axis = usize::from(dx >= dy);
    let mut c = b;
    c[axis] += if b[axis] > 0 { -1 } else { 1 };
    let mut triangle = [a, b, c];
    if doubled_area(&triangle) < 0 {
        triangle.swap(1, 2);
    }
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    pen.path(&triangle);
    pen.command(CLOSE_PATH, 1);
    Written::Shape { repaired: true }
}

/// Writes the point where a polygon's label goes, if there is room at this zoom. A tile has those of its western and
/// northern edge, not of the others, so that a label is in one tile only.
pub(super) fn write_label(view: &View<'_>, position: u32, commands: &mut Vec<u8>) -> Written {
    let Some(world) = view.layer.labels(view.frame.z).and_then(|labels| labels.point(position, view.frame.z)) else {
        return Written::Nothing;
    };
    let point = view.frame.unit_from_world(world);
    if !point.iter().all(|part| (0..i64::from(EXTENT)).contains(part)) {
        return Written::Nothing;
    }
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    pen.command(MOVE_TO, 1);
    pen.to(point);
    Written::Shape { repaired: false }
}

/// A number in 0 .. 1 that belongs to an id and looks like chance (the finalizer of MurmurHash3): what hangs on it is alike
/// on both sides of a seam.
pub(crate) fn chance(id: u64) -> f64 {
    let mut hash = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    ((hash ^ hash >> 33) >> 11) as f64 / (1u64 << 53) as f64
}
