//! Counts by division and grid code 区、镇、村、网格.

use crate::{Cancel, City, LayerSnapshot, QueryError, relation::Side, relation::side_of, representative_point};
use rayon::prelude::*;
use std::collections::BTreeMap;
use urbis_model::{AreaCode, AreaLevel, LayerKind, LayerName};

/// How many features of a layer lie in each area of a level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AreaCounts {
    /// Areas with features, by code.
    pub counts: Vec<(AreaCode, u64)>,
    /// Features in no area of the level.
    pub outside: u64,
}

impl City {
    /// Counts a layer's features by area. A layer with its own codes (`grid_code`; `code` of grids and towns) is counted
    /// by them; any other by the grid that its features' representative points lie in, on a shared edge the first.
    ///
    /// # Errors
    /// [`QueryError::UnknownLayer`], [`QueryError::NoGrids`], [`QueryError::Cancelled`].
    pub fn counts_by_grid(&self, layer: &LayerName, level: AreaLevel, cancel: &Cancel) -> Result<AreaCounts, QueryError> {
        let counted = self.layer(layer).ok_or_else(|| QueryError::UnknownLayer {
            layer: layer.clone(),
            known: self.layers().iter().map(|known| known.info().name.to_string()).collect::<Vec<_>>().join(", "),
        })?;
        let layers = self.layers();
        let grids = layers.iter().find(|layer| layer.info().kind == LayerKind::Grid && layer.features().column("code").is_some());
        counted.counts_by_grid(level, grids.map(|grids| &**grids), cancel)
    }
}

impl LayerSnapshot {
    /// As [`City::counts_by_grid`], with a layer of grids given.
    ///
    /// # Errors
    /// [`QueryError::NoGrids`] when the layer has no codes and none is given; [`QueryError::Cancelled`].
    pub fn counts_by_grid(&self, level: AreaLevel, grids: Option<&Self>, cancel: &Cancel) -> Result<AreaCounts, QueryError> {
        let positions = 0..self.features().len() as u32;
        let codes: Vec<Option<AreaCode>> = match (self.own_codes(), grids) {
            (Some(codes), _) => positions.map(|position| codes[position as usize]).collect(),
            (None, Some(grids)) => {
                let of_grid = grids.own_codes().ok_or_else(|| QueryError::NoGrids { layer: self.info().name.clone() })?;
                positions
                    .into_par_iter()
                    .map(|position| Ok(grids.area_at(self, position, cancel)?.and_then(|grid| of_grid[grid as usize])))
                    .collect::<Result<_, QueryError>>()?
            }
            (None, None) => return Err(QueryError::NoGrids { layer: self.info().name.clone() }),
        };
        let mut counts: BTreeMap<AreaCode, u64> = BTreeMap::new();
        let mut outside = 0;
        let mut pace = cancel.pace();
        for code in codes {
            pace.steps(1)?;
            match code.and_then(|code| code.canonical().ancestor(level)) {
                Some(area) => *counts.entry(area).or_default() += 1,
                None => outside += 1,
            }
        }
        Ok(AreaCounts { counts: counts.into_iter().collect(), outside })
    }

    /// Each feature's own area code; none when the layer has no such column.
    fn own_codes(&self) -> Option<Vec<Option<AreaCode>>> {
        let has_code = matches!(self.info().kind, LayerKind::Grid | LayerKind::Town);
        let column =
            self.features().column("grid_code").or_else(|| has_code.then(|| self.features().column("code")).flatten())?;
        let texts = column.as_text()?;
        let known: Vec<Option<AreaCode>> = texts.dictionary().map(|text| text.parse().ok()).collect();
        Some((0..texts.len()).map(|position| texts.code(position).and_then(|code| known[code as usize])).collect())
    }

    /// The first feature of this layer that holds the representative point of one of another.
    fn area_at(&self, other: &Self, position: u32, cancel: &Cancel) -> Result<Option<u32>, QueryError> {
        cancel.check()?;
        let point = representative_point(other.features().geometry(position as usize)).to_degrees();
        let around = urbis_model::Bounds { min: point, max: point };
        let mut pace = cancel.pace();
        for area in self.candidates(&around) {
            let geometry = self.features().geometry(area as usize);
            pace.steps(geometry.lonlat().len())?;
            if side_of(geometry, point) != Side::Outside {
                return Ok(Some(area));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
