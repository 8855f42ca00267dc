//! The demo city's recipe: a synthetic Haimen, deterministic by seed, and the lists that `urbis demo` walks.
//!
//! **Invariant.** The same [`Recipe`] gives the same bytes on every machine. Nothing here is a survey: every layer is
//! labelled 模拟数据, and no natural person appears in any. The files are ordinary source files; they enter the city
//! by the import door like any other.
//!
//! | room | holds |
//! |---|---|
//! | `facts` | what was drawn by hand, from `haimen/*.toml` |
//! | `subdivision`, `district` | the plan: cuts that never gap nor overlap |
//! | `land_use`, `blocks` | what stands in a block |
//! | `water`, `streets`, `gas`, `street_things` | rivers, the street graph, the gas network, sensors and the like |
//! | `write`, `recipe` | layer files |
//! | [`demo_plan`] | which files a demo city is made of |

pub mod demo_plan;

mod blocks;
mod district;
mod facts;
mod gas;
mod land_use;
mod layers;
mod plane;
mod random;
mod recipe;
mod shipped;
mod street_things;
mod streets;
mod subdivision;
mod water;
mod write;

pub use demo_plan::{DemoLayer, DemoPlan, NotADemoPlan};
pub use recipe::{Error, LayerFile, Progress, Recipe, SCALES, write_city};
pub use shipped::write_shipped_files;

#[cfg(test)]
mod tests;
