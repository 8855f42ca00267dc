//! One level of clusters out of the level below.

use super::{How, MOST_ROUNDS};
use crate::dictionary::Mix;
use crate::encode::chance;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use urbis_model::FeatureId;

/// A point, or several gathered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knot {
    /// The lowest id of its points, and where that stands in the batch.
    pub(super) lowest_id: FeatureId,
    pub(super) lowest_position: u32,
    /// How many points.
    pub(super) count: u32,
    /// Sums of their world coordinates: 2^32 points of 2^32 cells just fit.
    sums: [u64; 2],
    /// Which row of numbers is its own.
    row: u32,
}

impl Knot {
    /// The mean of its points on the world grid.
    pub(super) fn place(&self) -> [u32; 2] {
        self.sums.map(|sum| (sum / u64::from(self.count)) as u32)
    }
}

/// Knots and the numbers told of them.
#[derive(Clone, Debug)]
pub(super) struct Knots {
    knots: Vec<Knot>,
    width: usize,
    /// `width` for each knot: the value so far, and how many points have one.
    numbers: Vec<(f64, u32)>,
    means: Vec<bool>,
}

impl Knots {
    /// None yet, with so many numbers each.
    pub(super) fn new(width: usize) -> Self {
        Self { knots: Vec::new(), width, numbers: Vec::new(), means: vec![false; width] }
    }

    /// Adds a single point.
    pub(super) fn push(&mut self, id: FeatureId, position: u32, place: [u32; 2], values: impl Iterator<Item = Option<f64>>) {
        let row = self.knots.len() as u32;
        self.knots.push(Knot { lowest_id: id, lowest_position: position, count: 1, sums: place.map(u64::from), row });
        self.numbers.extend(values.map(|value| (value.unwrap_or(0.0), u32::from(value.is_some()))));
    }

    /// The knots.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Knot> {
        self.knots.iter()
    }

    /// What is told of a knot.
    pub(super) fn numbers(&self, knot: &Knot) -> impl Iterator<Item = Option<f64>> {
        let first = knot.row as usize * self.width;
        let finish = |(&(value, count), &mean): (&(f64, u32), &bool)| {
            let number = if mean { value / f64::from(count) } else { value };
            (count > 0 && number.is_finite()).then_some(number)
        };
        self.numbers[first..first + self.width].iter().zip(&self.means).map(finish)
    }

    /// The knots gathered within a radius in world cells.
    pub(super) fn gathered(mut self, radius: f64, how: &[How]) -> Self {
        self.means = how.iter().map(|how| *how == How::Mean).collect();
        // 1. One per cell of a quarter of the radius.
        let quarter = ((radius / 4.0) as u32).max(1);
        let cell_of = |knot: &Knot, side: u32| knot.place().map(|part| part / side);
        self.knots.sort_unstable_by_key(|knot| (cell_of(knot, quarter), knot.lowest_id));
        let together: Vec<Vec<u32>> = {
            let mut groups: Vec<Vec<u32>> = Vec::new();
            let mut last = None;
            for (index, knot) in self.knots.iter().enumerate() {
                let cell = cell_of(knot, quarter);
                match groups.last_mut() {
                    Some(group) if last == Some(cell) => group.push(index as u32),
                    _ => groups.push(vec![index as u32]),
                }
                last = Some(cell);
            }
            groups
        };
        let crowded = self.merged(&together, how);
        // 2. Leaders and those who join them.
        let groups = crowded.follow(radius);
        // 3. Means and lowest ids.
        crowded.merged(&groups, how)
    }

    /// Groups of indices, each in order of id: a leader with those who join it, or one that stays alone.
    fn follow(&self, radius: f64) -> Vec<Vec<u32>> {
        let side = (radius.ceil() as u32).max(1);
        let places: Vec<[u32; 2]> = self.knots.iter().map(Knot::place).collect();
        let mut cells: HashMap<(u32, u32), Vec<u32>, BuildHasherDefault<Mix>> = HashMap::default();
        for (index, place) in places.iter().enumerate() {
            cells.entry((place[0] / side, place[1] / side)).or_default().push(index as u32);
        }
        let ranks: Vec<(f64, FeatureId)> =
            self.knots.iter().map(|knot| (chance(knot.lowest_id.number()), knot.lowest_id)).collect();
        let outranks = |a: u32, b: u32| {
            let (a, b) = (ranks[a as usize], ranks[b as usize]);
            a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).is_gt()
        };
        let squared = |a: u32, b: u32| {
            let [dx, dy] = [0, 1].map(|axis| f64::from(places[a as usize][axis]) - f64::from(places[b as usize][axis]));
            dx * dx + dy * dy
        };
        let near = |index: u32| {
            let [x, y] = places[index as usize].map(|part| part / side);
            let columns = x.saturating_sub(1)..=x.saturating_add(1);
            columns.flat_map(move |column| (y.saturating_sub(1)..=y.saturating_add(1)).map(move |row| (column, row)))
        };
        // Which knot each follows, itself when it leads.
        let mut leaders: Vec<Option<u32>> = vec![None; places.len()];
        let mut open: Vec<u32> = (0..places.len() as u32).collect();
        for _ in 0..MOST_ROUNDS {
            let within = |index: u32| {
                let others = near(index).filter_map(|cell| cells.get(&cell)).flatten().copied();
                others.filter(move |other| *other != index && squared(index, *other) <= radius * radius)
            };
            let leads = |index: &u32| within(*index).all(|other| leaders[other as usize].is_some() || outranks(*index, other));
            let fresh: Vec<u32> = open.iter().copied().filter(leads).collect();
            for leader in &fresh {
                leaders[*leader as usize] = Some(*leader);
            }
            // Leaders of this round only: what lay within reach of an earlier one has joined it.
            let joins: Vec<(u32, u32)> = open
                .iter()
                .filter(|index| leaders[**index as usize].is_none())
                .filter_map(|&index| {
                    let leading = within(index).filter(|other| leaders[*other as usize] == Some(*other));
                    let nearest = leading.min_by(|a, b| {
                        let by_distance = squared(index, *a).total_cmp(&squared(index, *b));
                        by_distance.then_with(|| ranks[*a as usize].1.cmp(&ranks[*b as usize].1))
                    })?;
                    Some((index, nearest))
                })
                .collect();
            for (index, leader) in joins {
                leaders[index as usize] = Some(leader);
            }
            open.retain(|index| leaders[*index as usize].is_none());
            if open.is_empty() {
                break;
            }
        }
        let mut members: Vec<(u32, FeatureId, u32)> = (0..places.len() as u32)
            .map(|index| (leaders[index as usize].unwrap_or(index), self.knots[index as usize].lowest_id, index))
            .collect();
        members.sort_unstable();
        members.chunk_by(|a, b| a.0 == b.0).map(|group| group.iter().map(|member| member.2).collect()).collect()
    }

    /// One knot per group; members in order of id, so that sums of floats come out the same.
    fn merged(&self, groups: &[Vec<u32>], how: &[How]) -> Self {
        let mut merged =
            Self { knots: Vec::with_capacity(groups.len()), width: self.width, numbers: Vec::new(), means: self.means.clone() };
        merged.numbers.reserve_exact(groups.len() * self.width);
        for group in groups {
            let row = merged.knots.len() as u32;
            let first = merged.numbers.len();
            let mut whole: Option<Knot> = None;
            for &index in group {
                let knot = self.knots[index as usize];
                let numbers = &self.numbers[knot.row as usize * self.width..][..self.width];
                match &mut whole {
                    None => {
                        whole = Some(Knot { row, ..knot });
                        merged.numbers.extend_from_slice(numbers);
                    }
                    Some(whole) => {
                        if knot.lowest_id < whole.lowest_id {
                            (whole.lowest_id, whole.lowest_position) = (knot.lowest_id, knot.lowest_position);
                        }
                        whole.count += knot.count;
                        whole.sums = [0, 1].map(|axis| whole.sums[axis] + knot.sums[axis]);
                        for ((so_far, more), how) in merged.numbers[first..].iter_mut().zip(numbers).zip(how) {
                            *so_far = joined(*so_far, *more, *how);
                        }
                    }
                }
            }
            merged.knots.extend(whole);
        }
        merged
    }
}

/// Two numbers of points as one; those of no point count for nothing.
fn joined(a: (f64, u32), b: (f64, u32), how: How) -> (f64, u32) {
    let value = match (a.1, b.1) {
        (_, 0) => a.0,
        (0, _) => b.0,
        _ => match how {
            How::Sum | How::Mean => a.0 + b.0,
            How::Min => a.0.min(b.0),
            How::Max => a.0.max(b.0),
        },
    };
    (value, a.1 + b.1)
}
