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
//! | `workers` | keeps heavy work off the async threads, bounded and cancellable |
//! | `state`, `watch` | the city with its prepared tile layers; notices imports |
//! | `page`, `openapi` | the embedded browser page; the API's description |

mod coding;
mod conditional;
mod error;
mod listen;
mod openapi;
mod origin;
mod page;
mod params;
mod router;
mod routes;
mod state;
mod watch;
mod workers;

pub use listen::{Config, ServeError, serve};
