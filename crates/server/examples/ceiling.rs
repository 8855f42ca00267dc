//! What a tile server cannot exceed here: a handler that returns the same bytes from memory, in the same HTTP stack. `./run bench warm` loads it.
//!
//! `ceiling FILE ADDRESS` answers every path with FILE's bytes, as a gzipped vector tile.

use axum::{Router, body::Bytes, http::header};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (Some(file), Some(address)) = (words.next(), words.next()) else { return Err("ceiling FILE ADDRESS".into()) };
    let bytes = Bytes::from(std::fs::read(file)?);
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile"),
        (header::CONTENT_ENCODING, "gzip"),
        (header::ETAG, "\"ceiling\""),
    ];
    let answer = move || std::future::ready((headers, bytes));
    let router = Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind(address).await?;
    axum::serve(listener, router).await?;
    Ok(())
}
