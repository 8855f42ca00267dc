//! A static packed R-tree in one buffer: items in an order that keeps neighbours together, packed 16 to a node, level upon
//! level; a node's children are found by arithmetic, so only boxes are stored. The buffer is the file.
//!
//! | room | holds |
//! |---|---|
//! | `raster` | the caller's numbers as whole ones |
//! | `frame`, `block` | the boxes of 16 children in steps of the node's own box, compared at once |
//! | `layout` | the bytes: header, levels, positions, checksums |
//! | `order` | the order of the items, and the `hilbert` curve |
//! | `build` | the tree from boxes |
//! | `window`, `graded`, `nearest`, `planar`, `batch`, `join` | the questions |
//! | `mapped`, `pages` | a tree in a file, its pages checked when first touched |

mod batch;
mod block;
mod build;
mod frame;
mod graded;
mod hilbert;
mod join;
mod layout;
mod mapped;
mod nearest;
mod order;
mod pages;
mod planar;
mod raster;
mod window;

pub use build::NotABox;
pub use graded::Grade;
pub use layout::IndexDamage;
pub use mapped::FileError;
pub use nearest::{Near, NearestQueue};
pub use window::WindowIter;

use block::{Block, Leaf, NODE_BITS, NODE_SIZE};
use frame::{Frame, Steps};
use layout::{Layout, Line};
#[cfg(test)]
pub(crate) use nearest::planar_distance2;
use pages::CheckedPages;
use raster::Raster;
use std::sync::Arc;
use urbis_model::Bounds;

/// Boxes, found by window or by nearness; answers are the positions the boxes were given at. 8.3 bytes a box.
///
/// A box that holds no point ([`Bounds::EMPTY`], NaN, a least edge beyond the greatest) meets nothing. A clone shares the
/// buffer.
///
/// ```
/// use urbis_index::PackedRtree;
/// use urbis_model::Bounds;
/// let tree = PackedRtree::build(&[
///     Bounds { min: [121.0, 31.0], max: [121.1, 31.1] },
///     Bounds { min: [121.5, 31.5], max: [121.6, 31.6] },
/// ]);
/// let window = Bounds { min: [121.4, 31.4], max: [122.0, 32.0] };
/// assert_eq!(tree.in_window(&window).collect::<Vec<u32>>(), [1]);
/// // The buffer is the file.
/// let opened = PackedRtree::from_bytes(std::sync::Arc::new(tree.clone())).unwrap();
/// assert_eq!(opened.in_window(&window).count(), 1);
/// ```
#[derive(Clone)]
pub struct PackedRtree {
    bytes: Bytes,
    layout: Layout,
    raster: Raster,
    extent: Bounds,
    tag: u64,
}

/// Who holds the buffer.
#[derive(Clone)]
enum Bytes {
    Built(Arc<Vec<Line>>),
    Opened { owner: Arc<dyn AsRef<[u8]> + Send + Sync>, pages: Arc<CheckedPages> },
}

impl PackedRtree {
    /// A tree in bytes that were [written](Self::as_ref) before: a mapped file, or anything else that owns bytes. They are not
    /// copied. The header and the table of checksums are checked now; each page when it is first touched; all of them by
    /// [`verify`](Self::verify).
    ///
    /// The owner must give the same bytes each time.
    ///
    /// # Errors
    /// [`IndexDamage`] when the bytes are no tree of this version and length.
    pub fn from_bytes(owner: Arc<impl AsRef<[u8]> + Send + Sync + 'static>) -> Result<Self, IndexDamage> {
        let bytes = (*owner).as_ref();
        let (layout, extent, tag) = Layout::opened(bytes)?;
        if bytemuck::try_cast_slice::<u8, Leaf>(&bytes[layout.leaf_bytes()]).is_err() {
            return Err(IndexDamage::Misaligned);
        }
        let pages = Arc::new(CheckedPages::new(layout.pages()));
        Ok(Self { bytes: Bytes::Opened { owner, pages }, layout, raster: Raster::over(&extent), extent, tag })
    }

    /// Number of boxes.
    pub fn len(&self) -> usize {
        self.layout.count
    }

    /// Whether there is no box.
    pub fn is_empty(&self) -> bool {
        self.layout.count == 0
    }

    /// The box around all boxes that hold a point.
    pub fn extent(&self) -> Bounds {
        self.extent
    }

    /// What the builder said the tree is of; 0 unless it said so. See [`build_tagged`](Self::build_tagged).
    pub fn tag(&self) -> u64 {
        self.tag
    }

    /// Bytes of the buffer: memory where the tree was built, file where it was mapped.
    pub fn heap_bytes(&self) -> usize {
        self.layout.bytes
    }

    /// Reads the whole buffer against its checksums. O(bytes), some 0.1 ms a MB; meant for the background.
    ///
    /// # Errors
    /// [`IndexDamage::Page`], the first damaged one.
    pub fn verify(&self) -> Result<(), IndexDamage> {
        self.layout.verify(self.as_ref())?;
        if let Bytes::Opened { pages, .. } = &self.bytes {
            pages.all_sound();
        }
        Ok(())
    }

    /// Whether a question touched a page that is not what was written. An answer counts only if there is still none after it;
    /// a tree that was built in memory never has any.
    ///
    /// # Errors
    /// [`IndexDamage::Page`], the last one touched.
    pub fn damage(&self) -> Result<(), IndexDamage> {
        match &self.bytes {
            Bytes::Built(_) => Ok(()),
            Bytes::Opened { pages, .. } => pages.damage(),
        }
    }

    #[inline]
    fn view(&self) -> View<'_> {
        let (bytes, pages) = match &self.bytes {
            Bytes::Built(lines) => (bytemuck::cast_slice(lines), None),
            Bytes::Opened { owner, pages } => ((**owner).as_ref(), pages.unless_sound()),
        };
        View {
            bytes,
            blocks: bytemuck::cast_slice(&bytes[self.layout.block_bytes()]),
            leaves: bytemuck::cast_slice(&bytes[self.layout.leaf_bytes()]),
            layout: &self.layout,
            raster: &self.raster,
            pages,
        }
    }
}

impl AsRef<[u8]> for PackedRtree {
    /// The buffer, to be written to a file as it is.
    fn as_ref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Built(lines) => bytemuck::cast_slice(lines),
            Bytes::Opened { owner, .. } => (**owner).as_ref(),
        }
    }
}

impl Default for PackedRtree {
    /// A tree of nothing.
    fn default() -> Self {
        Self::build(&[])
    }
}

impl std::fmt::Debug for PackedRtree {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { layout, extent, tag, .. } = self;
        out.debug_struct("PackedRtree")
            .field("len", &layout.count)
            .field("extent", extent)
            .field("tag", tag)
            .finish_non_exhaustive()
    }
}

static NO_CHILDREN: Block = Block::EMPTY;

/// The buffer cut into its sections, for the time of one question.
#[derive(Clone, Copy)]
struct View<'a> {
    bytes: &'a [u8],
    blocks: &'a [Block],
    leaves: &'a [Leaf],
    layout: &'a Layout,
    raster: &'a Raster,
    /// Set while pages are left to be checked.
    pages: Option<&'a CheckedPages>,
}

impl<'a> View<'a> {
    /// The root's level; the tree must not be empty.
    #[inline]
    fn top(&self) -> usize {
        self.layout.levels - 1
    }

    /// The root's frame.
    #[inline]
    fn root(&self) -> Frame {
        Frame::of(&self.raster.whole())
    }

    /// A node's frame, by the way down to it. O(levels).
    fn frame(&self, level: usize, node: u32) -> Frame {
        let mut frame = self.root();
        for above in (level + 1..self.layout.levels).rev() {
            let child = node >> (NODE_BITS * (above - 1 - level));
            match self.block(above, child >> NODE_BITS).child(child as usize % NODE_SIZE) {
                Some(steps) => frame = frame.below(&steps),
                // Of a node that there is none of, to which only a damaged parent leads.
                None => return frame,
            }
        }
        frame
    }

    /// The box of a child, in the caller's numbers.
    #[inline]
    fn bounds(&self, frame: &Frame, steps: &Steps) -> Bounds {
        self.raster.bounds(&frame.cells(steps))
    }

    /// The children's boxes of a node; empty ones of a node that there is none of, to which only a damaged parent leads.
    #[inline]
    fn block(&self, level: usize, node: u32) -> &'a Block {
        if node >= self.layout.nodes(level) {
            return &NO_CHILDREN;
        }
        if let Some(pages) = self.pages {
            pages.touch(self.layout.page_of(level, node), self.layout, self.bytes);
        }
        match level {
            0 => &self.leaves[node as usize].boxes,
            _ => &self.blocks[self.layout.block(level, node)],
        }
    }

    /// The positions of the items in a node of level 0: 16, fewer in the last, none of a node that there is none of.
    #[inline]
    fn positions(&self, node: u32) -> &'a [u32] {
        let Some(leaf) = self.leaves.get(node as usize) else { return &[] };
        let left = self.layout.count - node as usize * NODE_SIZE;
        &leaf.positions[..left.min(NODE_SIZE)]
    }
}

#[cfg(test)]
mod tests;
