//! The street graph: the subdivision's street edges, bridged or stopped where they meet a river.

mod one_way;

use crate::district::District;
use crate::facts::Facts;
use crate::plane::{Point, length_m};
use crate::subdivision::{EdgeKind, StreetClass, Vertex};
use std::collections::BTreeMap;

/// A node's number in the street graph.
pub(crate) type Node = usize;

/// A street between two nodes.
#[derive(Clone, Debug)]
pub(crate) struct Street {
    pub(crate) from: Node,
    pub(crate) to: Node,
    pub(crate) line: Vec<Point>,
    pub(crate) class: StreetClass,
    pub(crate) name: Option<String>,
    pub(crate) bridge: bool,
    /// Traffic runs from `from` to `to` only.
    pub(crate) oneway: bool,
    /// The densest faces beside it: decides where pipes and lamps go.
    pub(crate) blocks: [Option<usize>; 2],
}

impl Street {
    /// The end that is not this one.
    pub(crate) fn far_from(&self, end: Node) -> Node {
        self.from + self.to - end
    }
}

/// The ferry's name: the only way to the island.
pub(crate) const FERRY: &str = "海永汽渡";

/// All streets, connected.
#[derive(Debug)]
pub(crate) struct Streets {
    pub(crate) nodes: Vec<Point>,
    pub(crate) streets: Vec<Street>,
    /// Where streets cross rivers.
    pub(crate) bridges: Vec<Point>,
}

/// Lesser lanes get a bridge at one crossing in this many: a river divides the countryside.
const LANES_PER_BRIDGE: u32 = 5;

/// Where a street stops at a river's bank.
struct Bank {
    node: Node,
    /// Away from the river.
    inward: Point,
    class: StreetClass,
    arterial: Option<u8>,
}

pub(crate) fn streets(district: &District, facts: &Facts, seed: u64) -> Streets {
    let plan = &district.plan;
    let block_of: BTreeMap<usize, usize> = district.blocks.iter().enumerate().map(|(at, block)| (block.face, at)).collect();
    let edges = plan.edges();
    let mut river_at: BTreeMap<Vertex, f64> = BTreeMap::new();
    for &(a, b, kind) in &edges {
        if let EdgeKind::River(river) = kind {
            for vertex in [a, b] {
                let half = river_at.entry(vertex).or_insert(0.0);
                *half = half.max(facts.shape.rivers[usize::from(river)].width_m / 2.0 + 7.0);
            }
        }
    }
    let (mut nodes, mut node_of) = (Vec::new(), BTreeMap::new());
    let mut streets = Vec::new();
    let mut banks: BTreeMap<Vertex, Vec<Bank>> = BTreeMap::new();
    for (a, b, kind) in edges {
        let EdgeKind::Street(class, arterial) = kind else { continue };
        let mut ends = [plan.points[a as usize], plan.points[b as usize]];
        let long = (ends[1] - ends[0]).length();
        let cut: f64 = [a, b].iter().filter_map(|vertex| river_at.get(vertex)).sum();
        if long < cut + 6.0 {
            continue;
        }
        let direction = (ends[1] - ends[0]).unit();
        let mut numbers = [0; 2];
        for (side, vertex) in [a, b].into_iter().enumerate() {
            let inward = if side == 0 { direction } else { -direction };
            numbers[side] = match river_at.get(&vertex) {
                Some(half) => {
                    ends[side] = (ends[side] + inward * *half).snapped();
                    nodes.push(ends[side]);
                    banks.entry(vertex).or_default().push(Bank { node: nodes.len() - 1, inward, class, arterial });
                    nodes.len() - 1
                }
                None => *node_of.entry(vertex).or_insert_with(|| {
                    nodes.push(ends[side]);
                    nodes.len() - 1
                }),
            };
        }
        let beside = |from, to| plan.face_beside(from, to).and_then(|face| block_of.get(&face).copied());
        streets.push(Street {
            from: numbers[0],
            to: numbers[1],
            line: ends.to_vec(),
            class,
            name: arterial.map(|number| facts.shape.arterials[usize::from(number)].name.clone()),
            bridge: false,
            oneway: false,
            blocks: [beside(a, b), beside(b, a)],
        });
    }
    let mut bridges = Vec::new();
    for (vertex, ends) in banks {
        let middle = plan.points[vertex as usize];
        for (at, &Bank { node: from, inward, class, arterial }) in ends.iter().enumerate() {
            for &Bank { node: to, inward: other, class: second, .. } in &ends[at + 1..] {
                let class = class.max(second);
                let worth = class <= StreetClass::Secondary || vertex % LANES_PER_BRIDGE == 0;
                if inward.dot(other) < -0.6 && worth {
                    bridges.push(middle);
                    let name = arterial.map(|number| format!("{}桥", facts.shape.arterials[usize::from(number)].name));
                    let line = vec![nodes[from], middle, nodes[to]];
                    streets.push(Street { from, to, line, class, name, bridge: true, oneway: false, blocks: [None; 2] });
                }
            }
        }
    }
    let mut all = Streets { nodes, streets, bridges };
    all.keep_connected();
    all.choose_one_way(district, seed);
    all
}

impl Streets {
    /// Keeps the mainland's and the island's largest parts and joins them by the ferry.
    fn keep_connected(&mut self) {
        let mut sets = Sets::new(self.nodes.len());
        for street in &self.streets {
            sets.join(street.from, street.to);
        }
        let mut sizes: BTreeMap<usize, (f64, Node)> = BTreeMap::new();
        for street in &self.streets {
            let root = sets.root(street.from);
            sizes.entry(root).or_insert((0.0, root)).0 += length_m(&street.line);
        }
        // The island lies south of everything else.
        let island_y = Point::from_degrees([121.42, 31.8105]).y;
        let largest = |island: bool| {
            let ours =
                sizes.values().filter(|&&(_, root)| (self.nodes[root].y < island_y && self.nodes[root].x > 8_000.0) == island);
            ours.max_by(|l, r| l.0.total_cmp(&r.0)).map(|&(_, root)| root)
        };
        let (Some(main), Some(island)) = (largest(false), largest(true)) else { return };
        let kept: Vec<bool> = (0..self.nodes.len()).map(|node| [main, island].contains(&sets.root(node))).collect();
        self.streets.retain(|street| kept[street.from]);
        let of =
            |wanted: usize, sets: &mut Sets| (0..self.nodes.len()).filter(|&node| sets.root(node) == wanted).collect::<Vec<_>>();
        let (main_nodes, island_nodes) = (of(main, &mut sets), of(island, &mut sets));
        let quay = island_nodes.iter().copied().max_by(|&l, &r| self.nodes[l].y.total_cmp(&self.nodes[r].y)).unwrap_or(island);
        let away = |node: Node| (self.nodes[node] - self.nodes[quay]).length();
        let pier = main_nodes.iter().copied().min_by(|&l, &r| away(l).total_cmp(&away(r))).unwrap_or(main);
        let line = vec![self.nodes[pier], self.nodes[quay]];
        let name = Some(FERRY.to_owned());
        self.streets.push(Street {
            from: pier,
            to: quay,
            line,
            class: StreetClass::Service,
            name,
            bridge: false,
            oneway: false,
            blocks: [None; 2],
        });
    }

    /// Streets at each node.
    pub(crate) fn at_nodes(&self) -> Vec<Vec<usize>> {
        let mut at = vec![Vec::new(); self.nodes.len()];
        for (number, street) in self.streets.iter().enumerate() {
            at[street.from].push(number);
            at[street.to].push(number);
        }
        at
    }
}

/// Disjoint sets with path halving.
#[derive(Debug)]
pub(crate) struct Sets(Vec<usize>);

impl Sets {
    pub(crate) fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    pub(crate) fn root(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    pub(crate) fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}
