//! Where things are: packed R-tree and H3 cells over boxes and positions.
