//! How others ask: the HTTP API over the city in memory.
//!
//! **Invariant.** No geometry code and no SQL here: a handler reads parameters, asks `query` or `tiles`, and writes a
//! body of `wire`. No other package serves HTTP.
//!
//! | room | does |
//! |---|---|
//! | [`serve`] | listens, and stops gracefully |
//! | `routes/` | a room per family of paths |
//! | `params`, `error` | what comes in, what goes wrong |
//! | `coding`, `conditional` | how bytes are packed, and when they need not be sent |
//! | `tile_cache`, `archives` | tiles that were made already, here and elsewhere |
//! | `front` | kept tiles given again before a request is looked at any further |
//! | `workers` | keeps heavy work off the async threads, bounded and cancellable |
//! | `tile_layers` | what is prepared of the city for tiles, which revision last changed each |
//! | `state`, `watch` | what every handler has; notices imports |
//! | `page`, `openapi` | the embedded browser page; the API's description |

mod archives;
mod coding;
mod conditional;
mod connections;
mod error;
mod front;
mod listen;
mod openapi;
mod origin;
mod page;
mod params;
mod router;
mod routes;
mod state;
mod tile_cache;
mod tile_format;
mod tile_layers;
mod watch;
mod workers;

pub use archives::{ArchiveConfig, ArchivePlace, OpenArchiveError};
pub use listen::{Config, DEFAULT_TILE_CACHE_BYTES, ServeError, serve};
