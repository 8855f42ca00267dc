//! How data stays: the city file, one GeoPackage.
