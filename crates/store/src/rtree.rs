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

use crate::{StoreError, steps::Steps, table::quote};
use urbis_model::Bounds;

/// Cells of a full node: the module's own limit (`RTREE_MAXCELLS`).
const NODE_CELLS: usize = 51;
/// Bytes of a node of 51 cells of two dimensions, the module's choice for pages of 4 KiB and more.
const NODE_BYTES: usize = 4 + NODE_CELLS * CELL_BYTES;
const CELL_BYTES: usize = 24;
/// The root's number.
const ROOT: i64 = 1;

/// A box and what it is the box of: a feature, or a node below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    min: [f32; 2],
    max: [f32; 2],
}

impl Entry {
    pub(crate) fn new(id: i64, bounds: &Bounds) -> Self {
        Self { id, min: bounds.min.map(rounded_down), max: bounds.max.map(rounded_up) }
    }

    /// Twice the middle, which sorts like the middle.
    fn middle(&self, axis: usize) -> f32 {
        self.min[axis] + self.max[axis]
    }
}

fn rounded_down(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) > value { rounded.next_down() } else { rounded }
}

fn rounded_up(value: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) < value { rounded.next_up() } else { rounded }
}

/// Makes the R-tree `name` of these boxes. Time is that of sorting them; that is done while the file is free.
pub(crate) fn create(steps: &mut Steps, name: &str, entries: Vec<Entry>) -> Result<(), StoreError> {
    let table = |suffix: &str| quote(&format!("{name}{suffix}"));
    let create = format!("CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)", quote(name));
    let insert_node = format!("INSERT OR REPLACE INTO {} VALUES (?, ?)", table("_node"));
    let insert_rowid = format!("INSERT INTO {} VALUES (?, ?)", table("_rowid"));
    let insert_parent = format!("INSERT INTO {} VALUES (?, ?)", table("_parent"));
    steps.begin("building the spatial index")?;
    let created = steps.connection().execute_batch(&create).map_err(steps.failed());
    created.and_then(|()| steps.end()).inspect_err(|_| steps.undo())?;
    let (mut next_node, mut depth, mut level) = (ROOT + 1, 0_u16, entries);
    loop {
        let is_root = level.len() <= NODE_CELLS;
        tile(&mut level);
        let first_node = if is_root { ROOT } else { next_node };
        let node_of = |index: usize| first_node + (index / NODE_CELLS) as i64;
        let mut children: Vec<_> = level.iter().enumerate().map(|(index, cell)| (cell.id, node_of(index))).collect();
        // In the order of their key, rows are appended.
        children.sort_unstable();
        let insert_child = if depth == 0 { &insert_rowid } else { &insert_parent };
        steps.begin("building the spatial index")?;
        let written = level
            .chunks(NODE_CELLS)
            .zip(first_node..)
            .try_for_each(|(cells, node)| {
                execute(steps, &insert_node, (node, node_bytes(if is_root { depth } else { 0 }, cells)))
            })
            .and_then(|()| children.iter().try_for_each(|child| execute(steps, insert_child, *child)));
        written.and_then(|()| steps.end()).inspect_err(|_| steps.undo())?;
        if is_root {
            return Ok(());
        }
        level = level.chunks(NODE_CELLS).zip(first_node..).map(|(cells, node)| enclose(node, cells)).collect();
        next_node += level.len() as i64;
        depth += 1;
    }
}

fn execute(steps: &mut Steps, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
    let mut statement = steps.connection().prepare_cached(sql).map_err(steps.failed())?;
    statement.execute(parameters).map_err(steps.failed())?;
    drop(statement);
    steps.breathe()
}

/// Orders boxes so that runs of [`NODE_CELLS`] lie close together: vertical slices, each from south to north.
fn tile(level: &mut [Entry]) {
    let nodes = level.len().div_ceil(NODE_CELLS);
    let slice_nodes = (nodes as f64).sqrt().ceil() as usize;
    level.sort_unstable_by(|a, b| a.middle(0).total_cmp(&b.middle(0)).then(a.id.cmp(&b.id)));
    for slice in level.chunks_mut((slice_nodes * NODE_CELLS).max(1)) {
        slice.sort_unstable_by(|a, b| a.middle(1).total_cmp(&b.middle(1)).then(a.id.cmp(&b.id)));
    }
}

fn enclose(node: i64, cells: &[Entry]) -> Entry {
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
