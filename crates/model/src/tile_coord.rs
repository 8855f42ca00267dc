//! One tile of the XYZ grid.

use crate::bbox::Bounds;
use crate::mercator::{MercatorUnit, lonlat_from_mercator};
use thiserror::Error;

/// The deepest zoom that is addressed: a pixel of a 4096-unit tile at zoom 24 is 0.6 mm wide.
pub const MAX_ZOOM: u8 = 24;

/// A tile by zoom, column from the west and row from the north (XYZ order), inside the grid of its zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

/// Why three numbers are not a tile.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{z}/{x}/{y} is not a tile: z must be 0..={MAX_ZOOM}, x and y below 2^z")]
pub struct NotATile {
    /// Zoom as given.
    pub z: u32,
    /// Column as given.
    pub x: u64,
    /// Row as given.
    pub y: u64,
}

impl TileCoord {
    /// A tile by its address.
    ///
    /// # Errors
    /// [`NotATile`] outside the grid.
    pub fn new(z: u32, x: u64, y: u64) -> Result<Self, NotATile> {
        let zoom = u8::try_from(z).ok().filter(|zoom| *zoom <= MAX_ZOOM).ok_or(NotATile { z, x, y })?;
        let across = 1u64 << zoom;
        match (u32::try_from(x), u32::try_from(y)) {
            (Ok(column), Ok(row)) if x < across && y < across => Ok(Self { z: zoom, x: column, y: row }),
            _ => Err(NotATile { z, x, y }),
        }
    }

    /// Zoom, 0 ..= [`MAX_ZOOM`].
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// The tile that holds a point of the square at a zoom; the far edges belong to the last tile.
    ///
    /// # Panics
    /// When `zoom` is over [`MAX_ZOOM`].
    pub fn at(point: MercatorUnit, zoom: u8) -> Self {
        assert!(zoom <= MAX_ZOOM, "zoom {zoom} is over {MAX_ZOOM}");
        let across = f64::from(1u32 << zoom);
        let cell = |part: f64| (part * across).floor().clamp(0.0, across - 1.0) as u32;
        Self { z: zoom, x: cell(point.x), y: cell(point.y) }
    }

    /// North-western corner in the unit square and the tile's side length there.
    pub fn mercator_square(self) -> (MercatorUnit, f64) {
        let side = 1.0 / f64::from(1u32 << self.z);
        (MercatorUnit { x: f64::from(self.x) * side, y: f64::from(self.y) * side }, side)
    }

    /// The tile's extent in degrees, grown on each side by `margin` tile widths (0 for none), cut at ±180° and at
    /// the poles' Mercator rows.
    pub fn bounds(self, margin: f64) -> Bounds {
        let (corner, side) = self.mercator_square();
        let [west, north] = lonlat_from_mercator(MercatorUnit { x: corner.x - margin * side, y: corner.y - margin * side });
        let [east, south] =
            lonlat_from_mercator(MercatorUnit { x: corner.x + (1.0 + margin) * side, y: corner.y + (1.0 + margin) * side });
        Bounds { min: [west.max(-180.0), south], max: [east.min(180.0), north] }
    }

    /// The tile one zoom up that holds this one; none at zoom 0.
    pub fn parent(self) -> Option<Self> {
        let z = self.z.checked_sub(1)?;
        Some(Self { z, x: self.x / 2, y: self.y / 2 })
    }
}
