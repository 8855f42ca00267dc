//! How others ask: the HTTP API.
