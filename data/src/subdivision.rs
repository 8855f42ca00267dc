//! The planar subdivision: faces that share their vertices, so that whatever is cut never gaps nor overlaps.
//!
//! Everything of the city's plan is a cut: town limits, rivers, arterials, villages, grids, blocks. A cut puts its end
//! points into the edges of *both* faces beside it; an edge keeps its kind when it is divided. Positions are those that
//! will be written (1e-7 degrees), so what holds here holds in the files.

use crate::plane::{Point, area_m2, bow, contains, crossing, distance_to_segment};
use std::collections::HashMap;

/// A vertex's number.
pub(crate) type Vertex = u32;

/// How close a cut may end beside a vertex before it is drawn to it, metres.
const LEAST_EDGE_M: f64 = 12.0;

/// What runs along an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum EdgeKind {
    /// The district's limit on land.
    Limit,
    /// The shore of the open water with this number.
    Shore(u8),
    /// The river with this number.
    River(u8),
    /// A street: its class and the number of its name among the arterials (none: unnamed).
    Street(StreetClass, Option<u8>),
}

/// Classes of streets, widest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StreetClass {
    Motorway,
    Trunk,
    Primary,
    Secondary,
    Tertiary,
    Residential,
    Service,
    Footway,
}

impl StreetClass {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Motorway => "motorway",
            Self::Trunk => "trunk",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Residential => "residential",
            Self::Service => "service",
            Self::Footway => "footway",
        }
    }

    pub(crate) fn width_m(self) -> f64 {
        match self {
            Self::Motorway => 28.0,
            Self::Trunk => 32.0,
            Self::Primary => 26.0,
            Self::Secondary => 20.0,
            Self::Tertiary => 12.0,
            Self::Residential => 8.0,
            Self::Service => 5.0,
            Self::Footway => 3.0,
        }
    }
}

/// A face: its ring counter-clockwise, not closed, and where it belongs.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    pub(crate) ring: Vec<Vertex>,
    pub(crate) town: u16,
    pub(crate) village: u32,
    pub(crate) grid: u32,
}

/// The subdivision.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subdivision {
    pub(crate) points: Vec<Point>,
    pub(crate) faces: Vec<Face>,
    kinds: HashMap<(Vertex, Vertex), EdgeKind>,
    beside: HashMap<(Vertex, Vertex), usize>,
}

/// How a face is halved: through a point, in a direction, and bowing aside by a share of the cut's length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) through: Point,
    pub(crate) direction: Point,
    pub(crate) sway: f64,
}

/// Where a line meets a ring.
#[derive(Clone, Copy, Debug)]
struct Hit {
    along: f64,
    edge: (Vertex, Vertex),
    at: Point,
    vertex: Option<Vertex>,
}

impl Subdivision {
    pub(crate) fn add_vertex(&mut self, point: Point) -> Vertex {
        self.points.push(point.snapped());
        self.points.len() as Vertex - 1
    }

    /// Adds a face that touches none yet; `kinds[i]` is the kind of the edge that leaves `ring[i]`.
    pub(crate) fn add_face(&mut self, ring: &[Point], kinds: &[EdgeKind]) -> usize {
        let ring: Vec<Vertex> = ring.iter().map(|&point| self.add_vertex(point)).collect();
        for (at, &a) in ring.iter().enumerate() {
            let b = ring[(at + 1) % ring.len()];
            self.kinds.insert(undirected(a, b), kinds[at]);
            self.beside.insert((a, b), self.faces.len());
        }
        self.faces.push(Face { ring, town: 0, village: 0, grid: 0 });
        self.faces.len() - 1
    }

    /// The ring of a face, closed.
    pub(crate) fn ring(&self, face: usize) -> Vec<Point> {
        self.closed(&self.faces[face].ring)
    }

    /// The positions of a ring of vertices, closed.
    pub(crate) fn closed(&self, ring: &[Vertex]) -> Vec<Point> {
        ring.iter().chain(ring.first()).map(|&vertex| self.points[vertex as usize]).collect()
    }

    pub(crate) fn kind(&self, a: Vertex, b: Vertex) -> EdgeKind {
        self.kinds[&undirected(a, b)]
    }

    /// The face to the left of an edge as it is walked, if any.
    pub(crate) fn face_beside(&self, a: Vertex, b: Vertex) -> Option<usize> {
        self.beside.get(&(a, b)).copied()
    }

    /// Every edge once with its kind, in order of its vertices.
    pub(crate) fn edges(&self) -> Vec<(Vertex, Vertex, EdgeKind)> {
        let mut edges: Vec<_> = self.kinds.iter().map(|(&(a, b), &kind)| (a, b, kind)).collect();
        edges.sort_unstable_by_key(|&(a, b, _)| (a, b));
        edges
    }

    /// Puts a vertex into an edge and into the rings on both its sides.
    pub(crate) fn split_edge(&mut self, a: Vertex, b: Vertex, at: Point) -> Vertex {
        let middle = self.add_vertex(at);
        if let Some(kind) = self.kinds.remove(&undirected(a, b)) {
            self.kinds.insert(undirected(a, middle), kind);
            self.kinds.insert(undirected(middle, b), kind);
        }
        for (from, to) in [(a, b), (b, a)] {
            if let Some(face) = self.beside.remove(&(from, to)) {
                let ring = &mut self.faces[face].ring;
                let index = (0..ring.len()).find(|&i| ring[i] == from && ring[(i + 1) % ring.len()] == to);
                if let Some(index) = index {
                    ring.insert(index + 1, middle);
                }
                self.beside.insert((from, middle), face);
                self.beside.insert((middle, to), face);
            }
        }
        middle
    }

    /// Cuts every face that a line crosses from edge to edge; where the line ends inside a face, that face stays whole.
    pub(crate) fn cut_by_line(&mut self, line: &[Point], kind: EdgeKind, draw_m: f64) {
        // 1. Every crossing with an edge becomes a vertex, or is drawn to one close by.
        let mut hits: Vec<Hit> = Vec::new();
        for (a, b, _) in self.edges() {
            let (start, end) = (self.points[a as usize], self.points[b as usize]);
            for (index, pair) in line.windows(2).enumerate() {
                if let Some((share, _)) = crossing(pair[0], pair[1], start, end) {
                    let at = pair[0].lerp(pair[1], share);
                    let near = |vertex: Vertex| (self.points[vertex as usize] - at).length() < draw_m;
                    let vertex = [a, b].into_iter().find(|&vertex| near(vertex));
                    hits.push(Hit { along: index as f64 + share, edge: (a, b), at, vertex });
                }
            }
        }
        hits.sort_by(|left, right| left.along.total_cmp(&right.along).then(left.edge.cmp(&right.edge)));
        let mut crossed: Vec<(f64, Vertex)> = Vec::new();
        let mut divided: HashMap<(Vertex, Vertex), Vec<Vertex>> = HashMap::new();
        for hit in hits {
            let vertex = hit.vertex.unwrap_or_else(|| {
                // A line may cross one edge twice: the second time the edge is already in pieces.
                let mut pieces = vec![hit.edge.0];
                pieces.extend(divided.get(&hit.edge).into_iter().flatten());
                pieces.push(hit.edge.1);
                let start = self.points[hit.edge.0 as usize];
                pieces.sort_by(|&l, &r| {
                    (self.points[l as usize] - start).length().total_cmp(&(self.points[r as usize] - start).length())
                });
                let far = (hit.at - start).length();
                let after = pieces.iter().position(|&piece| (self.points[piece as usize] - start).length() > far);
                let after = after.unwrap_or(pieces.len() - 1).max(1);
                let vertex = self.split_edge(pieces[after - 1], pieces[after], hit.at);
                divided.entry(hit.edge).or_default().push(vertex);
                vertex
            });
            if crossed.last().is_none_or(|&(_, last)| last != vertex) {
                crossed.push((hit.along, vertex));
            }
        }
        // 2. Each stretch between two crossings cuts the face that it runs through.
        for pair in crossed.windows(2) {
            let ((from, a), (to, b)) = (pair[0], pair[1]);
            let bends = (1..line.len() - 1).filter(|&bend| (bend as f64) > from && (bend as f64) < to).map(|bend| line[bend]);
            let keep = |bend: &Point| [a, b].iter().all(|&v| (self.points[v as usize] - *bend).length() > draw_m);
            let bends: Vec<Point> = bends.filter(keep).collect();
            let around = |face: &Face| face.ring.contains(&a) && face.ring.contains(&b);
            let mut path = vec![self.points[a as usize]];
            path.extend(&bends);
            path.push(self.points[b as usize]);
            let middle = path[(path.len() - 1) / 2].lerp(path[(path.len() - 1) / 2 + 1], 0.5);
            let face = (0..self.faces.len()).find(|&face| around(&self.faces[face]) && contains(&self.ring(face), middle));
            if let Some(face) = face {
                self.cut_face(face, a, &bends, b, kind);
            }
        }
    }

    /// Cuts a face along a chain between two of its vertices; the part left of the chain becomes the new face.
    /// Nothing happens when the chain would touch another edge.
    pub(crate) fn cut_face(&mut self, face: usize, a: Vertex, bends: &[Point], b: Vertex, kind: EdgeKind) -> Option<usize> {
        let ring = self.faces[face].ring.clone();
        let mut path = vec![self.points[a as usize]];
        path.extend(bends);
        path.push(self.points[b as usize]);
        if !self.clear_of(&ring, a, b, &path) {
            return None;
        }
        let (at_a, at_b) = (position(&ring, a)?, position(&ring, b)?);
        let bends: Vec<Vertex> = bends.iter().map(|&bend| self.add_vertex(bend)).collect();
        let walk = |from: usize, to: usize| {
            let count = (to + ring.len() - from) % ring.len();
            (0..=count).map(|step| ring[(from + step) % ring.len()]).collect::<Vec<Vertex>>()
        };
        let mut right = walk(at_a, at_b);
        right.extend(bends.iter().rev());
        let mut left = walk(at_b, at_a);
        left.extend(&bends);
        let added = self.faces.len();
        for (ring, number) in [(&right, face), (&left, added)] {
            for (index, &from) in ring.iter().enumerate() {
                let to = ring[(index + 1) % ring.len()];
                self.kinds.entry(undirected(from, to)).or_insert(kind);
                self.beside.insert((from, to), number);
            }
        }
        self.faces[face].ring = right;
        let twin = Face { ring: left, ..self.faces[face].clone() };
        self.faces.push(twin);
        Some(added)
    }

    /// Whether a chain from `a` to `b` keeps away from the ring but for its ends.
    fn clear_of(&self, ring: &[Vertex], a: Vertex, b: Vertex, path: &[Point]) -> bool {
        for (index, &from) in ring.iter().enumerate() {
            let to = ring[(index + 1) % ring.len()];
            if (from == a && to == b) || (from == b && to == a) {
                return path.len() > 2;
            }
            let (start, end) = (self.points[from as usize], self.points[to as usize]);
            let last = path.len() - 2;
            for (segment, pair) in path.windows(2).enumerate() {
                let shares_end = (segment == 0 && (from == a || to == a)) || (segment == last && (from == b || to == b));
                if !shares_end && crossing(pair[0], pair[1], start, end).is_some() {
                    return false;
                }
                if from != a && from != b && distance_to_segment(start, pair[0], pair[1]) < 2.0 {
                    return false;
                }
            }
        }
        true
    }

    /// Cuts a face by a straight line through a point; ends are drawn to vertices within `draw_m`. None when no cut
    /// leaves both parts at least `least_m2`. The cut bows aside by `sway` of its length where there is room for that.
    pub(crate) fn bisect(
        &mut self,
        face: usize,
        Cut { through, direction, sway }: Cut,
        kind: EdgeKind,
        draw_m: f64,
        least_m2: f64,
    ) -> Option<usize> {
        let ring = self.faces[face].ring.clone();
        let mut hits: Vec<Hit> = Vec::new();
        for (index, &a) in ring.iter().enumerate() {
            let b = ring[(index + 1) % ring.len()];
            let (start, end) = (self.points[a as usize], self.points[b as usize]);
            let (side_a, side_b) = (direction.cross(start - through), direction.cross(end - through));
            if (side_a < 0.0) != (side_b < 0.0) {
                let at = start.lerp(end, side_a / (side_a - side_b));
                let reach = draw_m.min((end - start).length() * 0.45).max(LEAST_EDGE_M);
                let near = |vertex: Vertex| (self.points[vertex as usize] - at).length();
                let closer = if near(a) < near(b) { a } else { b };
                let vertex = (near(closer) < reach).then_some(closer);
                hits.push(Hit { along: direction.dot(at - through), edge: (a, b), at, vertex });
            }
        }
        hits.sort_by(|left, right| left.along.total_cmp(&right.along));
        // Inside stretches are those between an odd crossing and the next; the longest divides best.
        let stretch = hits.chunks_exact(2).max_by(|l, r| (l[1].along - l[0].along).total_cmp(&(r[1].along - r[0].along)))?;
        let (first, second) = (stretch[0], stretch[1]);
        if first.vertex.is_some() && first.vertex == second.vertex || first.edge == second.edge {
            return None;
        }
        // What the parts would measure, before anything is touched.
        let mut part = vec![first.at];
        let begin = position(&ring, first.edge.1)?;
        for step in 0..ring.len() {
            let vertex = ring[(begin + step) % ring.len()];
            part.push(self.points[vertex as usize]);
            if vertex == second.edge.0 {
                break;
            }
        }
        part.extend([second.at, first.at]);
        let (whole, piece) = (area_m2(&self.ring(face)), area_m2(&part));
        if piece < least_m2 || whole - piece < least_m2 {
            return None;
        }
        let ends = [
            first.vertex.map_or(first.at, |v| self.points[v as usize]),
            second.vertex.map_or(second.at, |v| self.points[v as usize]),
        ];
        let far = |v: Vertex| Some(v) != first.vertex && Some(v) != second.vertex;
        if ring.iter().any(|&v| far(v) && distance_to_segment(self.points[v as usize], ends[0], ends[1]) < LEAST_EDGE_M * 0.6) {
            return None;
        }
        let mut end = |hit: Hit| hit.vertex.unwrap_or_else(|| self.split_edge(hit.edge.0, hit.edge.1, hit.at));
        let (a, b) = (end(first), end(second));
        let bends = bow(self.points[a as usize], self.points[b as usize], sway);
        self.cut_face(face, a, &bends, b, kind).or_else(|| self.cut_face(face, a, &[], b, kind))
    }
}

fn undirected(a: Vertex, b: Vertex) -> (Vertex, Vertex) {
    (a.min(b), a.max(b))
}

fn position(ring: &[Vertex], vertex: Vertex) -> Option<usize> {
    ring.iter().position(|&other| other == vertex)
}
