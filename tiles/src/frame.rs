//! The world grid and one tile's window on it.
//!
//! ```text
//! world grid   2^32 x 2^32 cells over the Web Mercator square, y south: 9.3 mm at the equator,
//!              exactly the 4096 grid of zoom 20
//! tile units   0 ..= 4096 over one tile, y south
//! window       -buffer ..= 4096 + buffer
//! ```
//!
//! Rounding to tile units happens on the world grid, before anything is cut, so neighbouring tiles round a shared
//! vertex alike.

use urbis_model::TileCoord;
use urbis_model::mercator::mercator_from_lonlat;

/// Units along a tile's side (MVT 2.1 section 4.1 `extent`).
pub const EXTENT: u32 = 4096;
/// The zoom whose tile units are the world grid's cells: 2^20 tiles of 2^12 units.
pub const WORLD_ZOOM: u32 = 20;
/// Units along the side of a pixel: map libraries draw a vector tile on 512 logical pixels.
pub const UNITS_PER_PIXEL: i64 = 8;

/// A point in tile units; i64 since what is not cut yet may lie anywhere on the world.
pub type Unit = [i64; 2];

/// A longitude, latitude in degrees on the world grid. Latitudes past the Mercator square go to its edge.
pub fn world_from_lonlat(lonlat_deg: [f64; 2]) -> [u32; 2] {
    let point = mercator_from_lonlat(lonlat_deg);
    // The cast saturates, so the far edge becomes the last cell.
    [point.x, point.y].map(|part| (part * 4_294_967_296.0).round() as u32)
}

/// One tile's window on the world grid.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Zoom of the tile.
    pub z: u8,
    /// The tile's north-western corner in units of the whole zoom.
    origin: Unit,
    /// Buffer in units.
    pub buffer: i64,
}

impl Frame {
    /// The frame of a tile with a buffer in units.
    pub fn new(tile: TileCoord, buffer: i64) -> Self {
        Self { z: tile.z(), origin: [i64::from(tile.x()) << 12, i64::from(tile.y()) << 12], buffer }
    }

    /// A world point in this tile's units, rounded to the nearest.
    #[inline]
    pub fn unit_from_world(&self, world: [u32; 2]) -> Unit {
        let z = u32::from(self.z);
        let [x, y] = world.map(i64::from);
        if z <= WORLD_ZOOM {
            let shift = WORLD_ZOOM - z;
            let half = (1i64 << shift) >> 1;
            [((x + half) >> shift) - self.origin[0], ((y + half) >> shift) - self.origin[1]]
        } else {
            let shift = z - WORLD_ZOOM;
            [(x << shift) - self.origin[0], (y << shift) - self.origin[1]]
        }
    }

    /// World cells along one unit; below 1 past [`WORLD_ZOOM`].
    pub fn world_per_unit(&self) -> f64 {
        2f64.powi(WORLD_ZOOM as i32 - i32::from(self.z))
    }

    /// Least and greatest unit of the window on both axes.
    pub fn window(&self) -> (i64, i64) {
        (-self.buffer, i64::from(EXTENT) + self.buffer)
    }

    /// Whether a box lies wholly beyond one of the window's four edges.
    pub fn is_beyond_an_edge(&self, bounds: &WorldBounds) -> bool {
        let (least, greatest) = self.window();
        let (min, max) = (self.unit_from_world(bounds.min), self.unit_from_world(bounds.max));
        (0..2).any(|axis| max[axis] < least || min[axis] > greatest)
    }

    /// Where a box of world points lies to the window.
    pub fn place(&self, bounds: &WorldBounds) -> Place {
        if bounds.is_empty() {
            return Place::Outside;
        }
        let (least, greatest) = self.window();
        let (min, max) = (self.unit_from_world(bounds.min), self.unit_from_world(bounds.max));
        if self.is_beyond_an_edge(bounds) {
            Place::Outside
        } else if min[0] >= least && min[1] >= least && max[0] <= greatest && max[1] <= greatest {
            Place::Inside
        } else {
            Place::Across
        }
    }
}

/// How a box lies to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Wholly inside, edges included: nothing to cut.
    Inside,
    /// Partly inside, or around it.
    Across,
    /// No point shared.
    Outside,
}

/// A box on the world grid, edges included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorldBounds {
    /// Least column and row.
    pub min: [u32; 2],
    /// Greatest column and row.
    pub max: [u32; 2],
}

impl WorldBounds {
    /// The box of nothing.
    pub const EMPTY: Self = Self { min: [u32::MAX; 2], max: [0; 2] };

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.min[0] > self.max[0]
    }

    /// Grows to hold a point.
    pub fn add(&mut self, [x, y]: [u32; 2]) {
        self.min = [self.min[0].min(x), self.min[1].min(y)];
        self.max = [self.max[0].max(x), self.max[1].max(y)];
    }

    /// The longer side in world cells.
    pub fn side(&self) -> u32 {
        (self.max[0] - self.min[0]).max(self.max[1] - self.min[1])
    }

    /// The middle.
    pub fn center(&self) -> [u32; 2] {
        [0, 1].map(|axis| self.min[axis] + (self.max[axis] - self.min[axis]) / 2)
    }
}
