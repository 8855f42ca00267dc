//! Least-cost trees over the street graph: which way a main takes from what feeds it.

use crate::plane::length_m;
use crate::streets::{Node, Streets};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The cheapest way to every node: the street to the parent. Lengths in whole centimetres, so ties are the same everywhere.
pub(super) struct Tree {
    /// Of every node but the roots and those out of reach: the street towards the root, and the node at its other end.
    pub(super) parent: Vec<Option<(usize, Node)>>,
    /// Strictly greater than the parent's; `u64::MAX` out of reach.
    pub(super) cost: Vec<u64>,
}

impl Tree {
    pub(super) fn grow(streets: &Streets, at: &[Vec<usize>], from: &[Node], weight: impl Fn(usize) -> Option<f64>) -> Self {
        let mut tree = Self { parent: vec![None; streets.nodes.len()], cost: vec![u64::MAX; streets.nodes.len()] };
        let mut queue = BinaryHeap::new();
        for &node in from {
            tree.cost[node] = 0;
            queue.push(Reverse((0u64, node)));
        }
        while let Some(Reverse((cost, node))) = queue.pop() {
            if cost > tree.cost[node] {
                continue;
            }
            for &number in &at[node] {
                let street = &streets.streets[number];
                let Some(weight) = weight(number) else { continue };
                let to = street.from + street.to - node;
                let reach = cost + (length_m(&street.line) * weight * 100.0) as u64 + 1;
                if reach < tree.cost[to] {
                    tree.cost[to] = reach;
                    tree.parent[to] = Some((number, node));
                    queue.push(Reverse((reach, to)));
                }
            }
        }
        tree
    }

    /// The streets from a node back to the tree's root, each with its end nearer to the root.
    pub(super) fn way(&self, mut node: Node) -> Vec<(usize, Node)> {
        let mut way = Vec::new();
        while let Some((street, parent)) = self.parent[node] {
            way.push((street, parent));
            node = parent;
        }
        way
    }
}
