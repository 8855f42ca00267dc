//! The entry: a recipe goes in, layer files come out.

use crate::blocks;
use crate::district::District;
use crate::facts::Facts;
use crate::gas::Gas;
use crate::layers;
use crate::random::Random;
use crate::streets;
use crate::water;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Buildings at scale 1.
const BUILDINGS: f64 = 60_000.0;
/// The share of a small city's buildings that stand in its built-up parts.
const MOST_URBAN: f64 = 0.72;
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
        // One row of houses along each lane is enough for a tenth of the real countryside.
        let rows = if recipe.scale > 3.5 {
            3
        } else if recipe.scale > 1.5 {
            2
        } else {
            1
        };
        let mut filled = blocks::fill(&district, &facts, recipe.seed, rows);
        let waters = water::waters(&district.plan, &facts);
        filled.drop_flooded(&district, &waters);
        keep(&mut filled, &district, recipe);
        stage("streets");
        let streets = streets::streets(&district, &facts);
        stage("gas");
        let gas = Gas::lay(&district, &facts, &streets, &filled.buildings, recipe.seed);
        Ok(Self { facts, recipe, district, filled, waters, streets, gas })
    }
}

/// Keeps as many buildings as the scale asks for: of the town whole blocks, of the countryside runs of neighbours.
fn keep(filled: &mut blocks::Filled, district: &District, recipe: Recipe) {
    let target = BUILDINGS * recipe.scale;
    let urban = filled.buildings.iter().filter(|building| !building.rural).count() as f64;
    let urban_share = (target * MOST_URBAN / urban.max(1.0)).min(1.0);
    let wish = |building: &blocks::Building| {
        let away = district.uses.cores_away(building.ring[0]).clamp(1.0, 6.0);
        1.7 - 0.2 * away
    };
    let rural: f64 = filled.buildings.iter().filter(|building| building.rural).map(wish).sum();
    let kept_urban = filled
        .buildings
        .iter()
        .filter(|building| !building.rural && block_stays(recipe.seed, building.block, urban_share))
        .count();
    let rural_share = (target - kept_urban as f64).max(0.0) / rural.max(1.0);
    let mut random = Random::stream(recipe.seed, "keep", 0);
    // Houses stand in runs of neighbours, not as scattered survivors: the choice is renewed every few houses.
    let (mut run, mut kept, mut last) = (0, false, usize::MAX);
    filled.buildings.retain(|building| {
        if !building.rural {
            // Whole blocks go, so that no estate is left with holes.
            return block_stays(recipe.seed, building.block, urban_share);
        }
        if run == 0 || building.block != last {
            run = 12 + random.below(30);
            kept = random.chance((wish(building) * rural_share).min(1.0));
            last = building.block;
        }
        run -= 1;
        kept
    });
}

/// Whether a built-up block is among those that a small scale keeps.
fn block_stays(seed: u64, block: usize, share: f64) -> bool {
    Random::stream(seed, "keep block", block as u64).chance(share)
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
