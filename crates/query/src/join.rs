//! Pairs of features of two layers that meet.

use crate::{Cancel, LayerSnapshot, QueryError, Shape, relation::PreparedShape};
use rayon::prelude::*;

/// Features of the first layer that are joined between two looks at the count of pairs.
const BLOCK: usize = 4096;

impl LayerSnapshot {
    /// The positions of every feature here and every feature of the other layer that share a point, edges included; by
    /// the first position, then the second. All cores.
    ///
    /// # Errors
    /// [`QueryError::TooManyPairs`] beyond `most`, [`QueryError::Cancelled`].
    pub fn pairs_that_meet(&self, other: &Self, most: usize, cancel: &Cancel) -> Result<Vec<(u32, u32)>, QueryError> {
        let positions: Vec<u32> = (0..self.features().len() as u32).collect();
        let mut pairs = Vec::new();
        for block in positions.chunks(BLOCK) {
            let found: Vec<Vec<(u32, u32)>> = block
                .par_iter()
                .map(|one| {
                    cancel.check()?;
                    let geometry = self.features().geometry(*one as usize);
                    let bounds = geometry.bounds();
                    let near = other.candidates(&bounds);
                    if near.len() == 0 {
                        return Ok(Vec::new());
                    }
                    let prepared = PreparedShape::new(Shape::from_geometry(geometry));
                    let mut pace = cancel.pace();
                    let mut pairs = Vec::new();
                    for position in near {
                        let geometry = other.features().geometry(position as usize);
                        pace.steps(geometry.lonlat().len())?;
                        if prepared.intersects(geometry) {
                            pairs.push((*one, position));
                        }
                        if pairs.len() > most {
                            return Err(QueryError::TooManyPairs { most });
                        }
                    }
                    Ok(pairs)
                })
                .collect::<Result<_, QueryError>>()?;
            pairs.extend(found.into_iter().flatten());
            if pairs.len() > most {
                return Err(QueryError::TooManyPairs { most });
            }
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests;
