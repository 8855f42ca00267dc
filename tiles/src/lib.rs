//! How a city becomes tiles: Mapbox Vector Tiles from memory.
