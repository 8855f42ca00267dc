//! Pieces of features, on all cores.

use super::{
    Uncut, UncutReason,
    cut::{Failure, cut, united},
    lines::{Covered, Part},
    near::multi_polygon,
    share::{Share, share},
};
use crate::{
    Cancel, LayerSnapshot, QueryError, Shape, ShapeError,
    join::MAX_VERTICES,
    measure,
    relation::{PreparedShape, PreparedShapes, geo_from},
};
use geo::MultiPolygon;
use rayon::prelude::*;
use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};
use urbis_model::{GeometryKind, GeometryRef};

/// The layer that is asked, and the one that is laid over it.
const LAYER: usize = 0;
const OTHER: usize = 1;

/// A part of the answer.
pub(super) struct Piece {
    /// The positions of the features that it is of.
    pub(super) of: [Option<u32>; 2],
    pub(super) shape: PieceShape,
    /// Geodesic square metres of an area, metres of a line.
    pub(super) measure: f64,
}

pub(super) enum PieceShape {
    /// The feature's own, as it is: the layer's, else the other layer's.
    AsItWas,
    Cut(Shape),
}

/// Pieces, and what is missing from them.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) pieces: Vec<Piece>,
    pub(super) uncut: Vec<Uncut>,
    pub(super) thin: u64,
}

impl Pieces {
    pub(super) fn extend(&mut self, more: Self) {
        self.pieces.extend(more.pieces);
        self.uncut.extend(more.uncut);
        self.thin += more.thin;
    }
}

/// What is found of a feature or pair.
enum Found {
    Nothing,
    Thin,
    AsItWas,
    /// All of the other layer's feature, on the map.
    Other(Shape),
    Shape(Shape),
}

/// Two layers, one over the other.
pub(super) struct Work<'a> {
    layers: [&'a LayerSnapshot; 2],
    shapes: [PreparedShapes<'a>; 2],
    cancel: &'a Cancel,
    /// Of each feature that is a piece as it is, its measure: it may be one of thousands of pairs.
    measures: [Vec<OnceLock<f64>>; 2],
    /// Vertices of all pieces.
    vertices: AtomicUsize,
}

impl<'a> Work<'a> {
    pub(super) fn new(layers: [&'a LayerSnapshot; 2], cancel: &'a Cancel) -> Self {
        let shapes = layers.map(|layer| PreparedShapes::of(layer.features()));
        let measures = layers.map(|layer| (0..layer.features().len()).map(|_| OnceLock::new()).collect());
        Self { layers, shapes, cancel, measures, vertices: AtomicUsize::new(0) }
    }

    /// What each pair shares.
    pub(super) fn shared(&self, pairs: &[(u32, u32)]) -> Result<Pieces, QueryError> {
        let of_pair = |(position, near): (u32, u32), found: &mut Pieces| {
            let shared = self.shared_by([position, near]);
            self.add([Some(position), Some(near)], shared, found)
        };
        self.in_parallel(pairs, of_pair)
    }

    /// What is left of the features at `positions`, less the other layer's areas that meet them.
    pub(super) fn left_of_layer(&self, positions: &[u32], pairs: &[(u32, u32)]) -> Result<Pieces, QueryError> {
        self.left_of(LAYER, positions, pairs)
    }

    /// What is left of the other layer's features, less the areas that meet them.
    pub(super) fn left_of_other(&self, positions: &[u32], pairs: &[(u32, u32)]) -> Result<Pieces, QueryError> {
        let mut turned: Vec<(u32, u32)> = pairs.iter().map(|(position, near)| (*near, *position)).collect();
        turned.sort_unstable();
        self.left_of(OTHER, positions, &turned)
    }

    fn left_of(&self, side: usize, positions: &[u32], pairs: &[(u32, u32)]) -> Result<Pieces, QueryError> {
        let cutters = |position: u32| {
            let start = pairs.partition_point(|pair| pair.0 < position);
            pairs[start..].iter().take_while(move |pair| pair.0 == position).map(|pair| pair.1)
        };
        let of_one = |position: u32, found: &mut Pieces| {
            let left = self.left_by(side, position, cutters(position).collect());
            let of = if side == LAYER { [Some(position), None] } else { [None, Some(position)] };
            self.add(of, left, found)
        };
        self.in_parallel(positions, of_one)
    }

    fn in_parallel<T: Copy + Sync>(
        &self,
        items: &[T],
        on: impl Fn(T, &mut Pieces) -> Result<(), QueryError> + Sync,
    ) -> Result<Pieces, QueryError> {
        let of_one = |item: &T| {
            self.cancel.check()?;
            let mut found = Pieces::default();
            on(*item, &mut found)?;
            Ok(found)
        };
        let found = items.par_iter().map(of_one).collect::<Result<Vec<_>, QueryError>>()?;
        let mut all = Pieces::default();
        found.into_iter().for_each(|found| all.extend(found));
        Ok(all)
    }

    /// Adds what was found of a pair or of one feature.
    fn add(&self, of: [Option<u32>; 2], found: Result<Found, Failure>, to: &mut Pieces) -> Result<(), QueryError> {
        let (shape, whole) = match found {
            Ok(Found::Nothing) => return Ok(()),
            Ok(Found::Thin) => {
                to.thin += 1;
                return Ok(());
            }
            Ok(Found::AsItWas) => (PieceShape::AsItWas, Some(usize::from(of[LAYER].is_none()))),
            Ok(Found::Other(shape)) => (PieceShape::Cut(shape), Some(OTHER)),
            Ok(Found::Shape(shape)) => (PieceShape::Cut(shape), None),
            Err(Failure::GivenUp(error)) => return Err(error),
            Err(Failure::Uncut(reason)) => {
                let id = |side: usize| of[side].map(|position| self.layers[side].features().ids()[position as usize]);
                let is_other = of[LAYER].is_none();
                let (named, by) = if is_other { (id(OTHER), None) } else { (id(LAYER), id(OTHER)) };
                to.uncut.extend(named.map(|id| Uncut { id, is_other, by, reason }));
                return Ok(());
            }
        };
        let whole = whole.and_then(|side| of[side].map(|position| (side, position)));
        let vertices = match (&shape, whole) {
            (PieceShape::Cut(shape), _) => shape.geometry().lonlat().len(),
            (PieceShape::AsItWas, whole) => whole.map_or(0, |(side, position)| self.shapes[side].vertices(position)),
        };
        if self.vertices.fetch_add(vertices, Ordering::Relaxed) + vertices > MAX_VERTICES {
            return Err(QueryError::TooLarge { most: MAX_VERTICES });
        }
        let measure = match (&shape, whole) {
            (_, Some((side, position))) => self.measure_of(side, position)?,
            (PieceShape::Cut(shape), None) => measured(shape.geometry()),
            (PieceShape::AsItWas, None) => unreachable!("a piece is of a feature"),
        };
        to.pieces.push(Piece { of, shape, measure });
        Ok(())
    }

    /// The measure of a whole feature, worked out once.
    fn measure_of(&self, side: usize, position: u32) -> Result<f64, QueryError> {
        let known = &self.measures[side][position as usize];
        if let Some(measure) = known.get() {
            return Ok(*measure);
        }
        let geometry = self.shapes[side].geometry(position);
        // Floor and roof of a solid lie over each other.
        let measure = match geometry.kind().is_spatial().then(|| self.flat(geometry)) {
            Some(Ok(flat)) => flat.map_or(0.0, |flat| measured(flat.geometry())),
            Some(Err(Failure::GivenUp(error))) => return Err(error),
            _ => measured(geometry),
        };
        Ok(*known.get_or_init(|| measure))
    }

    /// What two features share, of the layer's own kind.
    fn shared_by(&self, [position, near]: [u32; 2]) -> Result<Found, Failure> {
        let geometry = self.shapes[LAYER].geometry(position);
        if geometry.kind().dimension() < 2 {
            return self.part_of_line(geometry, &[near], false);
        }
        let shared =
            self.with_area(LAYER, position, |one| self.with_area(OTHER, near, |other| share(one, other, self.cancel)))?;
        Ok(match shared.flatten() {
            None | Some(Share::Nothing) => Found::Nothing,
            Some(Share::First) => Found::AsItWas,
            Some(Share::Other) => {
                let flat = self.flat(self.shapes[OTHER].geometry(near))?;
                flat.map_or(Found::Nothing, Found::Other)
            }
            Some(Share::Part(one, other)) => shape_of(&cut(&one, &other, self.cancel)?.shared)?,
        })
    }

    /// What is left of a feature of one side, less some of the other side's areas.
    fn left_by(&self, side: usize, position: u32, cutters: Vec<u32>) -> Result<Found, Failure> {
        if cutters.is_empty() {
            return Ok(Found::AsItWas);
        }
        let geometry = self.shapes[side].geometry(position);
        if geometry.kind().dimension() < 2 {
            return self.part_of_line(geometry, &cutters, true);
        }
        let left = self.with_area(side, position, |one| {
            let mut parts = Vec::new();
            for cutter in cutters {
                self.cancel.check()?;
                let shared = self.with_area(1 - side, cutter, |other| {
                    Ok(match share(one, other, self.cancel)? {
                        Share::Nothing => None,
                        Share::First => Some(None),
                        Share::Other => Some(Some(multi_polygon(geo_from(other.geometry())))),
                        Share::Part(_, other) => Some(Some(other)),
                    })
                })?;
                match shared.flatten() {
                    None => {}
                    Some(None) => return Ok(Found::Nothing),
                    Some(Some(part)) => parts.push(part),
                }
            }
            if parts.is_empty() {
                return Ok(Found::AsItWas);
            }
            let area = multi_polygon(geo_from(one.geometry()));
            let are_several = parts.len() > 1;
            let cut = cut(&area, &united(parts, self.cancel)?, self.cancel)?;
            Ok(match shape_of(&cut.left)? {
                // What they share is thinner than can be shown: nothing was cut off that could be.
                _ if cut.shared.0.is_empty() => Found::AsItWas,
                // Together they cover it. Of one alone it is known that something is left.
                Found::Thin if are_several => Found::Nothing,
                left => left,
            })
        })?;
        Ok(left.unwrap_or(Found::AsItWas))
    }

    /// What of a line or points lies in some areas of the other layer, or outside of all of them.
    fn part_of_line(&self, geometry: GeometryRef<'_>, areas: &[u32], outside: bool) -> Result<Found, Failure> {
        let mut covered = Covered::new(geometry);
        let mut pace = self.cancel.pace();
        for area in areas {
            self.cancel.check()?;
            self.with_area(OTHER, *area, |area| covered.add(area, &mut pace))?;
        }
        Ok(match covered.part(outside).map_err(|_| UncutReason::Lost)? {
            Part::Nothing => Found::Nothing,
            Part::All => Found::AsItWas,
            Part::Some(shape) => Found::Shape(shape),
        })
    }

    /// Asks with a feature's area, made ready; none where it has none on the map.
    fn with_area<T>(
        &self,
        side: usize,
        position: u32,
        ask: impl FnOnce(&PreparedShape) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        let geometry = self.shapes[side].geometry(position);
        if geometry.kind().is_spatial() {
            return self.flat(geometry)?.map(|flat| ask(&PreparedShape::new(flat))).transpose();
        }
        self.shapes[side].with(position, ask).map(Some)
    }

    /// An area as it lies on the map, without heights: of a solid the union of its faces, none where they are all walls.
    fn flat(&self, geometry: GeometryRef<'_>) -> Result<Option<Shape>, Failure> {
        let polygons = multi_polygon(geo_from(geometry));
        let polygons = match geometry.kind() {
            GeometryKind::MultiSurface | GeometryKind::Solid => {
                united(polygons.into_iter().map(|face| MultiPolygon::new(vec![face])).collect(), self.cancel)?
            }
            _ => polygons,
        };
        if polygons.0.is_empty() {
            return Ok(None);
        }
        Ok(Some(Shape::of_polygons(&polygons).map_err(|_| UncutReason::Lost)?))
    }
}

fn shape_of(area: &MultiPolygon) -> Result<Found, Failure> {
    if area.0.is_empty() {
        return Ok(Found::Thin);
    }
    let shape = Shape::of_polygons(area).map_err(|_| UncutReason::Lost)?;
    // A corner that was put back where it was may lie on an edge that is not broken there.
    match shape.made_valid() {
        Ok(valid) => Ok(Found::Shape(valid)),
        Err(ShapeError::NoArea) => Ok(Found::Thin),
        Err(_) => Err(UncutReason::Lost.into()),
    }
}

fn measured(geometry: GeometryRef<'_>) -> f64 {
    if geometry.kind().dimension() == 2 { measure::area_m2(geometry) } else { measure::length_m(geometry) }
}
