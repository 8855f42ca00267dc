//! One feature's geometry as MVT commands (MVT 2.1 section 4.3).

use crate::clip::{self, clean_ring, doubled_area};
use crate::frame::{Frame, Place, UNITS_PER_PIXEL, Unit};
use crate::prepare::TileLayer;
use crate::protobuf::{varint, zigzag};
use crate::repair::repair;
use crate::simple::{Edge, Rings, is_valid};
use urbis_model::FeatureBatch;

/// Buffers used again from feature to feature.
#[derive(Default)]
pub(super) struct Scratch {
    ring: Vec<Unit>,
    spare: Vec<Unit>,
    rings: Rings,
    edges: Vec<Edge>,
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

/// Boxes up to this many pixels wide may go to dust; longer ones are lines to the eye, however thin.
const DUST_SIDE_PX: i64 = 4;

/// Writes a feature's geometry commands.
pub(super) fn write(
    layer: &TileLayer,
    features: &FeatureBatch,
    position: u32,
    frame: &Frame,
    scratch: &mut Scratch,
    commands: &mut Vec<u8>,
) -> Written {
    match layer.dimension(position) {
        0 => write_points(layer, position, frame, scratch, commands),
        1 => write_lines(layer, position, frame, scratch, commands),
        _ => write_polygons(layer, features, position, frame, scratch, commands),
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

    fn to(&mut self, point: Unit) {
        varint(self.out, zigzag(point[0] - self.cursor[0]));
        varint(self.out, zigzag(point[1] - self.cursor[1]));
        self.cursor = point;
    }

    fn path(&mut self, points: &[Unit]) {
        self.command(MOVE_TO, 1);
        self.to(points[0]);
        self.command(LINE_TO, points.len() - 1);
        points[1..].iter().for_each(|point| self.to(*point));
    }
}

fn write_points(layer: &TileLayer, position: u32, frame: &Frame, scratch: &mut Scratch, commands: &mut Vec<u8>) -> Written {
    let (least, greatest) = frame.window();
    let Scratch { ring: points, .. } = scratch;
    points.clear();
    for part in layer.parts(position) {
        for ring in layer.rings(part) {
            points.extend(layer.ring(ring).0.iter().map(|world| frame.unit_from_world(*world)));
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

fn write_lines(layer: &TileLayer, position: u32, frame: &Frame, scratch: &mut Scratch, commands: &mut Vec<u8>) -> Written {
    let (least, greatest) = frame.window();
    let inside = frame.place(layer.bounds(position)) == Place::Inside;
    let Scratch { ring: line, spare, .. } = scratch;
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    let mut degenerate = false;
    for part in layer.parts(position) {
        for ring in layer.rings(part) {
            load(layer, ring, frame, line);
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
    match (pen.out.is_empty(), degenerate) {
        (false, _) => Written::Shape { repaired: false },
        (true, true) => Written::TooSmall,
        (true, false) => Written::Nothing,
    }
}

/// A prepared ring or line in tile units: vertices that matter at this zoom, repeats taken out.
fn load(layer: &TileLayer, ring: usize, frame: &Frame, into: &mut Vec<Unit>) {
    into.clear();
    let (world, keep_from) = layer.ring(ring);
    for (point, from_zoom) in world.iter().zip(keep_from) {
        if *from_zoom <= frame.z {
            let unit = frame.unit_from_world(*point);
            if into.last() != Some(&unit) {
                into.push(unit);
            }
        }
    }
}

fn write_polygons(
    layer: &TileLayer,
    features: &FeatureBatch,
    position: u32,
    frame: &Frame,
    scratch: &mut Scratch,
    commands: &mut Vec<u8>,
) -> Written {
    let bounds = layer.bounds(position);
    let full_detail = frame.z >= layer.definition().max_zoom;
    let small = f64::from(bounds.side()) <= (DUST_SIDE_PX * UNITS_PER_PIXEL) as f64 * frame.world_per_unit();
    if small && !full_detail {
        let pixel_area = (UNITS_PER_PIXEL * UNITS_PER_PIXEL) as f64 * frame.world_per_unit().powi(2);
        let share = layer.world_area(position) / pixel_area;
        if share < 1.0 {
            let stays = layer.definition().dust && chance(features.ids()[position as usize].number()) < share;
            return if stays { write_square(bounds.center(), frame, commands) } else { Written::TooSmall };
        }
    }
    let inside = frame.place(bounds) == Place::Inside;
    collect_rings(layer, position, frame, inside, full_detail, scratch);
    let mut repaired = false;
    if !scratch.rings.ends.is_empty() && !is_valid(&scratch.rings, &mut scratch.edges) {
        repair(&mut scratch.rings);
        repaired = true;
    }
    if scratch.rings.ends.is_empty() {
        return if inside { write_sliver(layer, position, frame, commands) } else { Written::Nothing };
    }
    let mut pen = Pen { out: commands, cursor: [0, 0] };
    for (ring, _) in scratch.rings.iter() {
        pen.path(ring);
        pen.command(CLOSE_PATH, 1);
    }
    Written::Shape { repaired }
}

/// Fills `scratch.rings` with the feature's rings in tile units, cut, cleaned and wound as MVT wants.
fn collect_rings(layer: &TileLayer, position: u32, frame: &Frame, inside: bool, full_detail: bool, scratch: &mut Scratch) {
    let (least, greatest) = frame.window();
    // Below full detail, holes of less than a quarter pixel only cost bytes.
    let least_hole = if full_detail { 0 } else { UNITS_PER_PIXEL * UNITS_PER_PIXEL / 2 };
    let Scratch { ring, spare, rings, .. } = scratch;
    rings.clear();
    for part in layer.parts(position) {
        for (index, prepared) in layer.rings(part).enumerate() {
            load(layer, prepared, frame, ring);
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
    let vertices = layer.parts(position).flat_map(|part| layer.rings(part)).flat_map(|ring| layer.ring(ring).0);
    let mut ends: Option<(Unit, Unit)> = None;
    for world in vertices {
        let unit = frame.unit_from_world(*world);
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

/// A number in 0 .. 1 that belongs to an id (the finalizer of MurmurHash3), so that whether a speck stays hangs on
/// nothing but itself: no seams between tiles, and no change of one feature reaches another.
fn chance(id: u64) -> f64 {
    let mut hash = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    ((hash ^ hash >> 33) >> 11) as f64 / (1u64 << 53) as f64
}
