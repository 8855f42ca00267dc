//! Polygons of less than a pixel: which of them stand, as squares of a pixel, for the area of all.
//!
//! Systematic sampling (Madow and Madow 1944, "On the theory of systematic sampling", Annals of Mathematical Statistics
//! 15): the specks whose boxes have their middle in the same tile are counted through in Z-order, each for its area in
//! pixels, from a start that belongs to the tile; wherever the count passes a whole number, that speck stands. So the squares
//! of a tile have the area of its specks to within one pixel. Were each speck drawn by a chance of its own, the error
//! would be the root of their count: several percent of a town.
//!
//! It is decided once, when the layer is prepared, so both sides of a seam agree.
//!
//! Reach: a change of a speck can swap others whose middles lie in the same tile; [`crate::dirty`] compares what stands.

use crate::encode::chance;
use crate::frame::{UNITS_PER_PIXEL, WORLD_ZOOM};
use crate::prepare::TileLayer;
use rayon::prelude::*;

/// Boxes up to this many pixels wide may go to dust; longer ones are lines to the eye, however thin.
const WIDEST_PX: i64 = 4;

/// What is drawn of a polygon at a zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    /// Its shape.
    Shape,
    /// A square of a pixel.
    Square,
    /// Nothing: the squares of others stand for it.
    Nothing,
}

/// What is drawn of each polygon of a layer: 4 bytes each, nothing where no polygon is ever dust.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dust {
    /// The highest bit that is set is the lowest zoom that draws the shape. Each bit below it is a zoom, set where a square
    /// stands.
    marks: Vec<u32>,
}

/// A polygon that is dust at the lowest zoom.
struct Speck {
    /// The middle of its box in Z-order: the bits of x and y interlaced, so that a tile is a prefix.
    place: u64,
    position: u32,
    /// World cells.
    area: f32,
}

impl Dust {
    /// Decides for all polygons of a layer. n log n in those that are dust at the lowest zoom, and 20 bytes for each while it does.
    pub(crate) fn new(layer: &TileLayer, ids: &[urbis_model::FeatureId]) -> Self {
        let definition = layer.definition();
        if definition.coverage {
            return Self::default();
        }
        let mut marks = Vec::new();
        (0..layer.len() as u32).into_par_iter().map(|position| mark(layer, position)).collect_into_vec(&mut marks);
        let is_speck = |position: &u32| marks[*position as usize].ilog2() > u32::from(definition.min_zoom);
        let positions: Vec<u32> = (0..layer.len() as u32).filter(is_speck).collect();
        if positions.is_empty() {
            return Self::default();
        }
        if definition.dust {
            let mut specks = Vec::new();
            positions.into_par_iter().map(|position| Speck::new(layer, position)).collect_into_vec(&mut specks);
            specks.par_sort_unstable_by_key(|speck| (speck.place, ids[speck.position as usize]));
            (definition.min_zoom..definition.max_zoom).for_each(|zoom| stand(layer, &specks, zoom, &mut marks));
        }
        Self { marks }
    }

    /// What is drawn of a feature at a zoom.
    pub(crate) fn grain(&self, position: u32, zoom: u8) -> Grain {
        match self.marks.get(position as usize) {
            Some(mark) if u32::from(zoom) < mark.ilog2() => {
                if mark >> zoom & 1 == 1 {
                    Grain::Square
                } else {
                    Grain::Nothing
                }
            }
            _ => Grain::Shape,
        }
    }

    /// Whether some polygon is dust at some zoom.
    pub(crate) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Bytes held on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.marks.capacity() * size_of::<u32>()
    }
}

impl Speck {
    fn new(layer: &TileLayer, position: u32) -> Self {
        let [x, y] = layer.bounds(position).center();
        Self { place: spread(x) << 1 | spread(y), position, area: layer.world_area(position) as f32 }
    }
}

/// The mark of a feature, without squares; of one that is never dust it is that of the lowest zoom or less.
fn mark(layer: &TileLayer, position: u32) -> u32 {
    let bounds = layer.bounds(position);
    if layer.dimension(position) != 2 || bounds.is_empty() {
        return 1;
    }
    let definition = layer.definition();
    let (side, area) = (f64::from(bounds.side()), layer.world_area(position));
    let is_dust = |zoom: &u8| {
        let pixel = world_per_pixel(*zoom);
        side <= WIDEST_PX as f64 * pixel && area < pixel * pixel
    };
    1 << (definition.min_zoom..definition.max_zoom).find(|zoom| !is_dust(zoom)).unwrap_or(definition.max_zoom)
}

/// Marks the specks that stand at a zoom, of those that are shown there; `specks` in Z-order.
fn stand(layer: &TileLayer, specks: &[Speck], zoom: u8, marks: &mut [u32]) {
    let per_pixel = world_per_pixel(zoom).powi(-2);
    let mut tile = None;
    let mut count = 0.0f64;
    for speck in specks {
        let mark = &mut marks[speck.position as usize];
        if mark.ilog2() <= u32::from(zoom) || layer.first_zoom(speck.position) > zoom {
            continue;
        }
        let of = speck.place.checked_shr(2 * (u32::BITS - u32::from(zoom))).unwrap_or(0);
        if tile != Some(of) {
            tile = Some(of);
            count = chance(of << 5 | u64::from(zoom));
        }
        let before = count.floor();
        count += f64::from(speck.area) * per_pixel;
        if count.floor() > before {
            *mark |= 1 << zoom;
        }
    }
}

/// World cells along a pixel of a zoom.
fn world_per_pixel(zoom: u8) -> f64 {
    UNITS_PER_PIXEL as f64 * 2f64.powi(WORLD_ZOOM as i32 - i32::from(zoom))
}

/// The bits of a number with a zero before each (Morton 1966; the shifts are those of Anderson, "Bit Twiddling Hacks",
/// "Interleave bits by Binary Magic Numbers").
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

#[cfg(test)]
mod tests;
