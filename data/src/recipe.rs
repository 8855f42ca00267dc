//! The entry: a recipe goes in, layer files come out.

use crate::blocks::{self, Villages};
use crate::district::{self, District};
use crate::facts::Facts;
use crate::gas::Gas;
use crate::land_use;
use crate::layers;
use crate::plane::centroid;
use crate::random::Random;
use crate::streets;
use crate::water;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Buildings at scale 1.
const BUILDINGS: f64 = 60_000.0;
/// The share of a small city's buildings that stand in its built-up parts.
const MOST_URBAN: f64 = 0.5;
/// Up to this scale the countryside's footprints are rows of joined houses, as maps drawn from the air show them: a tenth of the
/// real house count then still lines most lanes.
const JOINED_UP_TO: f64 = 1.5;
/// The least and greatest scale: below, layers are empty; above, the countryside has no room left.
pub const SCALES: std::ops::RangeInclusive<f64> = 0.01..=6.0;

/// What city to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    /// Another seed gives another city on the same outline, rivers and arterials.
    pub seed: u64,
    /// 1 gives about 60,000 buildings, 200,000 components, 10,000 sensors, 4,000 cameras; 5 gives 300,000 buildings.
    /// Grids (1,575) and stations (1,058) do not depend on it.
    pub scale: f64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { seed: 320_614, scale: 1.0 }
    }
}

/// How far the writing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being made: a layer's name, or `plan`, `buildings` and the like while nothing is written yet.
    pub stage: &'a str,
    /// Stages done.
    pub done: usize,
    /// Stages in all.
    pub of: usize,
}

/// A layer file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFile {
    /// The layer's name.
    pub layer: String,
    /// The layer's kind, as on the command line.
    pub kind: String,
    /// `<layer>.geojsonl`: one GeoJSON feature a line, longitude and latitude on CGCS2000.
    pub path: PathBuf,
    /// `<layer>.toml`: its metadata.
    pub metadata: PathBuf,
    /// Features in the file.
    pub features: u64,
}

/// Why no city was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The scale is outside [`SCALES`].
    #[error("scale {scale} is outside {} to {}", SCALES.start(), SCALES.end())]
    Scale {
        /// The scale as given.
        scale: f64,
    },
    /// The hand-drawn files of the crate are broken.
    #[error("the city's hand-drawn files cannot be read")]
    Facts(#[source] toml::de::Error),
    /// A file could not be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

/// Everything of a city before it is written.
#[derive(Debug)]
pub(crate) struct City {
    pub(crate) facts: Facts,
    pub(crate) recipe: Recipe,
    pub(crate) district: District,
    pub(crate) filled: blocks::Filled,
    pub(crate) waters: Vec<water::Water>,
    pub(crate) streets: streets::Streets,
    pub(crate) gas: Gas,
}

impl City {
    /// Plans the city; nothing is written.
    pub(crate) fn make(recipe: Recipe, stage: &mut dyn FnMut(&'static str)) -> Result<Self, Error> {
        if !SCALES.contains(&recipe.scale) {
            return Err(Error::Scale { scale: recipe.scale });
        }
        let facts = Facts::read().map_err(Error::Facts)?;
        stage("plan");
        let district = District::plan(&facts, recipe.seed);
        stage("blocks");
        let villages = match recipe.scale {
            scale if scale > 3.5 => Villages { rows: 3, joined: false },
            scale if scale > JOINED_UP_TO => Villages { rows: 2, joined: false },
            _ => Villages { rows: 1, joined: true },
        };
        let mut filled = blocks::fill(&district, &facts, recipe.seed, villages);
        let waters = water::waters(&district.plan, &facts);
        filled.drop_flooded(&district, &waters);
        keep(&mut filled, &district, recipe);
        stage("streets");
        let streets = streets::streets(&district, &facts, recipe.seed);
        stage("gas");
        let gas = Gas::lay(&district, &facts, &streets, &filled.buildings, recipe.seed);
        Ok(Self { facts, recipe, district, filled, waters, streets, gas })
    }
}

/// Keeps as many buildings as the scale asks for: of the towns whole blocks, the inner ones first; of the countryside whole
/// rows along a lane, more of them about a village's middle, so that villages are lines of houses and not scattered ones.
fn keep(filled: &mut blocks::Filled, district: &District, recipe: Recipe) {
    let target = (BUILDINGS * recipe.scale) as usize;
    let mut stand = vec![(0usize, false); district.blocks.len()];
    for building in &filled.buildings {
        let (count, rural) = &mut stand[building.block];
        *count += 1;
        *rural |= building.rural;
    }
    let mut kept = vec![false; stand.len()];
    let mut left = target;
    for rural in [false, true] {
        let share = if rural { 1.0 } else { MOST_URBAN };
        let mut room = left.min((target as f64 * share) as usize);
        let mut order: Vec<(u64, usize)> = (0..stand.len())
            .filter(|&block| stand[block].0 > 0 && stand[block].1 == rural)
            .map(|block| (block_rank(district, block, rural, recipe.seed), block))
            .collect();
        order.sort_unstable();
        for (_, block) in order {
            let count = stand[block].0;
            if count <= room {
                kept[block] = true;
                room -= count;
                left -= count;
            }
        }
    }
    filled.buildings.retain(|building| kept[building.block]);
}

/// How late a block is built on, in no unit: a town grows from its core, a village along its lane.
fn block_rank(district: &District, block: usize, rural: bool, seed: u64) -> u64 {
    let district::Block { face, grid, .. } = district.blocks[block];
    let middle = centroid(&district.plan.ring(face));
    // A town has an edge; the countryside has lanes with houses everywhere, more of them near a village's middle.
    let uneven = if rural { 0.7 } else { 0.25 };
    let uneven = Random::stream(seed, "block rank", block as u64).between(1.0 - uneven, 1.0 + uneven);
    let away = if rural {
        let step = middle - district.villages[district.grids[grid as usize].village as usize].middle;
        let east = land_use::east_at(middle);
        // Along the lane a village stretches three times as far as across.
        let (along, across) = (east.dot(step), east.left().dot(step) * 3.0);
        (along * along + across * across).sqrt() * district.uses.cores_away(middle).clamp(2.0, 3.0)
    } else {
        district.uses.cores_away(middle)
    };
    (away * uneven * 1_000.0) as u64
}

/// Writes one `<layer>.geojsonl` and one `<layer>.toml` for every layer of the synthetic district into a folder that exists.
///
/// # Errors
/// [`enum@Error`] when the scale is out of range or a file cannot be written; files written before stay.
pub fn write_city(recipe: &Recipe, folder: &Path, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Vec<LayerFile>, Error> {
    let of = 4 + layers::LAYERS.len();
    let mut done = 0;
    let city = City::make(*recipe, &mut |stage| {
        progress(Progress { stage, done, of });
        done += 1;
    })?;
    let mut files = Vec::with_capacity(layers::LAYERS.len());
    for layer in layers::LAYERS {
        progress(Progress { stage: layer.name, done, of });
        done += 1;
        files.push(layers::write(layer, &city, folder)?);
    }
    Ok(files)
}
