//! Codes that a Chinese district's data is keyed by.

mod area;
mod class;

pub use area::{AreaCode, AreaLevel, NotAnAreaCode};
pub use class::{ComponentClass, ComponentCode, EventClass, NotAClass, NotAComponentCode};

#[cfg(test)]
mod tests;
