//! What is said over HTTP: the JSON bodies that server, viewer and command line share.
//!
//! **Invariant.** Decides nothing. It names bodies and turns model values into them; every field here is a promise to
//! someone outside (design: add fields, never rename).
//!
//! | room | body |
//! |---|---|
//! | [`catalog`] | `GET /catalog` |
//! | [`features`] | OGC API Features documents |
//! | [`geojson`] | features as GeoJSON, straight from the flat buffers |
//! | [`changes`] | what changed between two versions |
//! | [`csv`] | features as CSV rows with WKT |
//! | [`wkt`] | shapes as OGC well-known text |
//! | [`tilejson`] | TileJSON 3.0 |
//! | [`analysis`] | counts, search results |
//! | [`problem`] | errors, RFC 9457 |

pub mod analysis;
pub mod catalog;
pub mod changes;
pub mod csv;
pub mod features;
pub mod geojson;
pub mod problem;
pub mod tilejson;
pub mod wkt;

pub use problem::Problem;

/// A geometry's family as the catalogue names it.
pub fn geometry_family(kinds: impl Iterator<Item = urbis_model::GeometryKind>) -> &'static str {
    let mut family = None;
    for kind in kinds {
        let this = match kind.dimension() {
            _ if kind.is_spatial() => "surface",
            0 => "point",
            1 => "line",
            _ => "polygon",
        };
        match family {
            None => family = Some(this),
            Some(known) if known == this => {}
            Some(_) => return "mixed",
        }
    }
    family.unwrap_or("mixed")
}

#[cfg(test)]
mod tests;
