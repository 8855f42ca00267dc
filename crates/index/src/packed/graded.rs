//! Visits that take a whole node over when all of it meets the question.

use super::{PackedRtree, block::NODE_SIZE, frame::Frame, layout::MAX_LEVELS};
use urbis_model::Bounds;

/// How a box lies to what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// Nothing in the box can meet it.
    Outside,
    /// Must be looked at more closely.
    Partly,
    /// Everything in the box meets it.
    Inside,
}

impl PackedRtree {
    /// Visits the position of every box that `grade` does not put outside, in no order, without allocation, and says
    /// whether it is sure to be inside. What a node encloses takes over the node's grade when that is outside or
    /// inside, so a large window costs about its edge and a copy of its positions.
    pub fn visit_graded(&self, grade: impl Fn(&Bounds) -> Grade, on: &mut impl FnMut(u32, bool)) {
        if self.is_empty() || self.extent().is_empty() {
            return;
        }
        let top = self.layout.levels - 1;
        let view = self.view();
        match grade(&self.extent()) {
            Grade::Outside => return,
            Grade::Inside => return self.take_over(top, 0, on),
            Grade::Partly => {}
        }
        // At most 15 siblings wait on each level under the root.
        let mut waiting = [(0u8, 0u32, Frame::default()); (NODE_SIZE - 1) * MAX_LEVELS + 1];
        waiting[0] = (top as u8, 0, view.root());
        let mut depth = 1;
        while depth > 0 {
            depth -= 1;
            let (level, node, frame) = waiting[depth];
            let block = view.block(usize::from(level), node);
            for child in 0..NODE_SIZE {
                let Some(steps) = block.child(child) else { continue };
                let below = node * NODE_SIZE as u32 + child as u32;
                match (grade(&view.bounds(&frame, &steps)), level) {
                    (Grade::Outside, _) => {}
                    (Grade::Partly, 1..) => {
                        waiting[depth] = (level - 1, below, frame.below(&steps));
                        depth += 1;
                    }
                    (Grade::Inside, 1..) => self.take_over(usize::from(level) - 1, below, on),
                    (found, 0) => {
                        if let Some(&position) = view.positions(node).get(child)
                            && (position as usize) < self.len()
                        {
                            on(position, found == Grade::Inside);
                        }
                    }
                }
            }
        }
    }

    /// Visits all items below a node.
    fn take_over(&self, level: usize, node: u32, on: &mut impl FnMut(u32, bool)) {
        let view = self.view();
        let width = NODE_SIZE.pow(level as u32);
        let leaves = self.layout.nodes(0) as usize;
        for leaf in node as usize * width..((node as usize + 1) * width).min(leaves) {
            let block = view.block(0, leaf as u32);
            for (child, &position) in view.positions(leaf as u32).iter().enumerate() {
                // An empty box is no part of what its node encloses.
                if block.child(child).is_some() && (position as usize) < self.len() {
                    on(position, true);
                }
            }
        }
    }
}
