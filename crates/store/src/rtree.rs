//! R-trees packed straight into the tables behind SQLite's `rtree` module.
//!
//! Inserting a million boxes one by one takes SQLite several times as long as writing the features. Packed
//! (Sort-Tile-Recursive, Leutenegger, Lopez and Edgington 1997) the tree is built in one pass and its nodes are full.
//!
//! ```text
//! _node    nodeno, data: depth u16 (root only, else 0) | cells u16 | cells x (i64 id or node | 4 x f32 box) | zeros
//! _rowid   id     -> its leaf
//! _parent  nodeno -> its parent
//! ```
//! Integers and floats are big-endian; node 1 is the root; a box is min x, max x, min y, max y, rounded outward.

use crate::{
    StoreError,
    beside::{sorter, unsorted},
    steps::Steps,
    table::quote,
};
use urbis_model::Bounds;
use urbis_sorted::{Record, Sorter};

/// Cells of a full node: the module's own limit (`RTREE_MAXCELLS`).
const NODE_CELLS: usize = 51;
/// Bytes of a node of 51 cells of two dimensions, the module's choice for pages of 4 KiB and more.
const NODE_BYTES: usize = 4 + NODE_CELLS * CELL_BYTES;
const CELL_BYTES: usize = 24;
/// The root's number.
const ROOT: u64 = 1;

/// A box and what it is the box of: a feature, or a node below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    id: u64,
    min: [f32; 2],
    max: [f32; 2],
}

impl Entry {
    pub(crate) fn new(id: u64, bounds: &Bounds) -> Self {
        Self { id, min: bounds.min.map(rounded_down), max: bounds.max.map(rounded_up) }
    }

    /// Twice the middle, which sorts like the middle.
    fn middle(&self, axis: usize) -> f32 {
        self.min[axis] + self.max[axis]
    }

    /// A record that sorts from west to east, then by number.
    pub(crate) fn record(&self) -> Record<4> {
        let pair = |first: f32, second: f32| u64::from(first.to_bits()) << 32 | u64::from(second.to_bits());
        [u64::from(sortable(self.middle(0))), self.id, pair(self.min[0], self.min[1]), pair(self.max[0], self.max[1])]
    }

    fn of([_, id, min, max]: Record<4>) -> Self {
        let pair = |bits: u64| [f32::from_bits((bits >> 32) as u32), f32::from_bits(bits as u32)];
        Self { id, min: pair(min), max: pair(max) }
    }
}

/// Bits that sort as `f32::total_cmp` does.
fn sortable(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

fn rounded_down(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) > value { rounded.next_down() } else { rounded }
}

fn rounded_up(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) < value { rounded.next_up() } else { rounded }
}

/// Makes the R-tree `name` of the boxes whose [`Entry::record`]s these are. Time is that of sorting them; memory is
/// that of a [`Sorter`] and of one slice, which grows with the root of their number (a megabyte at 10^7).
pub(crate) fn create(steps: &mut Steps, name: &str, entries: Sorter<4>) -> Result<(), StoreError> {
    let table = |suffix: &str| quote(&format!("{name}{suffix}"));
    let create = format!("CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)", quote(name));
    let insert_node = format!("INSERT OR REPLACE INTO {} VALUES (?, ?)", table("_node"));
    let insert_rowid = format!("INSERT INTO {} VALUES (?, ?)", table("_rowid"));
    let insert_parent = format!("INSERT INTO {} VALUES (?, ?)", table("_parent"));
    steps.begin("building the spatial index")?;
    let created = steps.connection().execute_batch(&create).map_err(steps.failed());
    created.and_then(|()| steps.end()).inspect_err(|_| steps.undo())?;
    let path = steps.path().to_owned();
    let unsorted = unsorted(&path);
    let (mut next_node, mut depth, mut level) = (ROOT + 1, 0_u16, entries);
    loop {
        let is_root = level.len() <= NODE_CELLS as u64;
        let slice_cells = slice_cells(level.len());
        let mut node = if is_root { ROOT } else { next_node };
        let mut above = sorter(&path)?;
        let mut children = sorter(&path)?;
        let mut level_cells = level.sorted().map_err(&unsorted)?;
        let insert_child = if depth == 0 { &insert_rowid } else { &insert_parent };
        steps.begin("building the spatial index")?;
        let write = |steps: &mut Steps| {
            loop {
                let mut slice = Vec::new();
                while slice.len() < slice_cells
                    && let Some(record) = level_cells.next().map_err(&unsorted)?
                {
                    slice.push(Entry::of(record));
                }
                if slice.is_empty() {
                    break;
                }
                slice.sort_unstable_by(|a, b| a.middle(1).total_cmp(&b.middle(1)).then(a.id.cmp(&b.id)));
                for cells in slice.chunks(NODE_CELLS) {
                    execute(steps, &insert_node, (node as i64, node_bytes(if is_root { depth } else { 0 }, cells)))?;
                    cells.iter().try_for_each(|cell| children.push([cell.id, node])).map_err(&unsorted)?;
                    above.push(enclose(node, cells).record()).map_err(&unsorted)?;
                    node += 1;
                }
            }
            // In the order of their key, rows are appended.
            let mut children = children.sorted().map_err(&unsorted)?;
            while let Some([child, parent]) = children.next().map_err(&unsorted)? {
                execute(steps, insert_child, (child as i64, parent as i64))?;
            }
            steps.end()
        };
        write(steps).inspect_err(|_| steps.undo())?;
        if is_root {
            return Ok(());
        }
        (next_node, level, depth) = (node, above, depth + 1);
    }
}

fn execute(steps: &mut Steps, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
    let mut statement = steps.connection().prepare_cached(sql).map_err(steps.failed())?;
    statement.execute(parameters).map_err(steps.failed())?;
    drop(statement);
    steps.breathe()
}

/// Boxes of a vertical slice: sorted from west to east, so many at a time are sorted from south to north, which lets
/// runs of [`NODE_CELLS`] lie close together.
fn slice_cells(cells: u64) -> usize {
    let nodes = cells.div_ceil(NODE_CELLS as u64);
    ((nodes as f64).sqrt().ceil() as usize * NODE_CELLS).max(1)
}

fn enclose(node: u64, cells: &[Entry]) -> Entry {
    let mut entry = Entry { id: node, min: [f32::INFINITY; 2], max: [f32::NEG_INFINITY; 2] };
    for cell in cells {
        for axis in 0..2 {
            entry.min[axis] = entry.min[axis].min(cell.min[axis]);
            entry.max[axis] = entry.max[axis].max(cell.max[axis]);
        }
    }
    entry
}

fn node_bytes(depth: u16, cells: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(NODE_BYTES);
    bytes.extend_from_slice(&depth.to_be_bytes());
    bytes.extend_from_slice(&(cells.len() as u16).to_be_bytes());
    for cell in cells {
        bytes.extend_from_slice(&cell.id.to_be_bytes());
        for edge in [cell.min[0], cell.max[0], cell.min[1], cell.max[1]] {
            bytes.extend_from_slice(&edge.to_be_bytes());
        }
    }
    bytes.resize(NODE_BYTES, 0);
    bytes
}

#[cfg(test)]
mod tests;
