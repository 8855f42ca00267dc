//! Tiles that were given out before, given again ahead of all else.
//!
//! What a kept tile costs is not the tile: it is finding the route, the layers every request passes, and the labels of its metrics.
//! So its whole answer is kept under what it hangs on, the address, the form of tile and its coding, for as long as the city and the archives
//! stay as they were.

use crate::coding::Coding;
use crate::state::{AppState, Generation};
use crate::tile_format::TileFormat;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode, header};
use axum::response::Response;
use metrics::{Counter, Histogram};
use std::convert::Infallible;
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;
use tower_service::Service;

/// Bytes that an answer takes beside its body, about.
const ANSWER_BYTES: usize = 1024;

/// The body of an answer that may be given again; its route puts it among the answer's extensions.
#[derive(Clone, Debug)]
pub(crate) struct Repeatable(pub(crate) Bytes);

/// The router, and before it the answers that were given. Every request gets a clone, so that is one pointer.
#[derive(Clone)]
pub(crate) struct Front(Arc<Parts>);

struct Parts {
    router: Router,
    state: AppState,
    given: moka::sync::Cache<u64, Arc<Given>>,
    hasher: RandomState,
    told: Told,
}

/// An answer, and what it is the answer to.
struct Given {
    address: String,
    form: Form,
    generation: Generation,
    headers: HeaderMap,
    body: Bytes,
}

/// What of a request's headers its answer hangs on: what comes of `Accept` and `Accept-Encoding`, as `Vary` says.
type Form = (TileFormat, Coding);

/// What `/metrics` says of these answers, under the labels that the router gives its own.
struct Told {
    requests: Counter,
    seconds: Histogram,
    hits: Counter,
}

impl Front {
    /// The router with at most so many bytes of answers before it; `route` is the template of the one whose answers are repeated.
    pub(crate) fn new(router: Router, state: AppState, max_bytes: u64, route: &'static str) -> Self {
        let weigh = |_: &u64, given: &Arc<Given>| {
            u32::try_from(given.body.len() + given.address.len() + ANSWER_BYTES).unwrap_or(u32::MAX)
        };
        let told = Told {
            requests: metrics::counter!("urbis_http_requests_total", "route" => route, "status" => "200"),
            seconds: metrics::histogram!("urbis_http_request_seconds", "route" => route),
            hits: metrics::counter!("urbis_tile_cache_hits_total"),
        };
        Self(Arc::new(Parts {
            router,
            state,
            given: moka::sync::Cache::builder().max_capacity(max_bytes).weigher(weigh).build(),
            hasher: RandomState::new(),
            told,
        }))
    }
}

impl Parts {
    /// The answer to this very request, if it was given since the data last changed.
    fn again(&self, key: u64, request: &Asked<'_>, generation: Generation) -> Option<Response> {
        let given = self.given.get(&key).filter(|given| given.generation == generation && request.is_of(given))?;
        let mut response = Response::new(Body::from(given.body.clone()));
        *response.headers_mut() = given.headers.clone();
        Some(response)
    }
}

/// What of a request its answer hangs on.
struct Asked<'a> {
    address: &'a str,
    form: Form,
}

impl<'a> Asked<'a> {
    /// None where the answer may be another one each time, or hang on more.
    fn of<B>(request: &'a Request<B>) -> Option<Self> {
        const MORE: [HeaderName; 3] = [header::IF_NONE_MATCH, header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
        let address = request.uri().path_and_query()?.as_str();
        let headers = request.headers();
        let is_plain = request.method() == Method::GET
            && address.starts_with("/tiles/")
            && !MORE.iter().any(|name| headers.contains_key(name));
        is_plain.then(|| Self { address, form: (TileFormat::negotiate(headers), Coding::negotiate(headers)) })
    }

    fn is_of(&self, given: &Given) -> bool {
        given.address == self.address && given.form == self.form
    }
}

impl<B> Service<Request<B>> for Front
where
    Router: Service<Request<B>, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // As the router's, which is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let parts = &self.0;
        let Some(asked) = Asked::of(&request) else { return Box::pin(parts.router.clone().call(request)) };
        let started = Instant::now();
        // Read before the route looks at the data: what it answers is of this state, or of a later one and never given again.
        let generation = parts.state.generation();
        let key = parts.hasher.hash_one((asked.address, asked.form));
        if let Some(response) = parts.again(key, &asked, generation) {
            parts.told.requests.increment(1);
            parts.told.hits.increment(1);
            parts.told.seconds.record(started.elapsed().as_secs_f64());
            return Box::pin(std::future::ready(Ok(response)));
        }
        let (address, form) = (asked.address.to_owned(), asked.form);
        let given = parts.given.clone();
        let answer = parts.router.clone().call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            if let Some(Repeatable(body)) = response.extensions_mut().remove::<Repeatable>()
                && response.status() == StatusCode::OK
            {
                let headers = response.headers().clone();
                given.insert(key, Arc::new(Given { address, form, generation, headers, body }));
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::of_an_empty_city;
    use axum::http::HeaderValue;
    use axum::routing::get;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const ROUTE: &str = "/tiles/{layers}/{z}/{x}/{y}";

    /// A front before a route that answers with how often it was asked.
    fn front(max_bytes: u64) -> (tempfile::TempDir, Front) {
        let (folder, state) = of_an_empty_city();
        let asked = Arc::new(AtomicUsize::new(0));
        let answer = async move || {
            let body = Bytes::from(asked.fetch_add(1, Ordering::Relaxed).to_string());
            let mut response = Response::new(Body::from(body.clone()));
            response.headers_mut().insert(header::ETAG, HeaderValue::from_static("\"a\""));
            response.extensions_mut().insert(Repeatable(body));
            response
        };
        (folder, Front::new(Router::new().route(ROUTE, get(answer)), state, max_bytes, ROUTE))
    }

    async fn ask(front: &mut Front, method: Method, address: &str, headers: &[(HeaderName, &'static str)]) -> String {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = method;
        *request.uri_mut() = address.parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(name, HeaderValue::from_static(value));
        }
        let response = front.call(request).await.unwrap();
        assert_eq!(response.headers()[header::ETAG], "\"a\"");
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_same_request_gets_the_same_answer_and_any_other_its_own() {
        let (_folder, mut front) = front(1 << 20);
        let (tile, gzip) = ("/tiles/a/1/0/0", [(header::ACCEPT_ENCODING, "gzip")]);
        for (expected, address, headers) in [
            ("0", tile, &gzip[..]),
            ("0", tile, &gzip),
            ("1", tile, &[]),
            ("1", tile, &[]),
            ("2", tile, &[(header::ACCEPT_ENCODING, "br")]),
            ("3", "/tiles/a/1/0/1", &gzip),
            ("4", "/tiles/a/1/0/0?version=1", &gzip),
            ("5", tile, &[(header::ACCEPT_ENCODING, "gzip"), (header::IF_NONE_MATCH, "\"b\"")]),
            ("6", tile, &[(header::ACCEPT_ENCODING, "gzip"), (header::CONTENT_LENGTH, "3")]),
            ("7", tile, &[(header::ACCEPT_ENCODING, "gzip"), (header::ACCEPT, "application/vnd.maplibre-tile")]),
            // Said otherwise, and the same.
            ("0", tile, &[(header::ACCEPT_ENCODING, "deflate"), (header::ACCEPT_ENCODING, "x-gzip"), (header::ACCEPT, "*/*")]),
            ("2", tile, &[(header::ACCEPT_ENCODING, "gzip, br")]),
            ("0", tile, &gzip),
        ] {
            assert_eq!(ask(&mut front, Method::GET, address, headers).await, expected, "{address} {headers:?}");
        }
        assert_eq!(ask(&mut front, Method::HEAD, tile, &gzip).await, "", "a HEAD has no body, and is not kept");
        assert_eq!(ask(&mut front, Method::GET, tile, &gzip).await, "0");
    }

    #[tokio::test]
    async fn what_is_too_much_is_not_kept() {
        let (_folder, mut front) = front(ANSWER_BYTES as u64 / 2);
        for expected in ["0", "1", "2"] {
            assert_eq!(ask(&mut front, Method::GET, "/tiles/a/1/0/0", &[]).await, expected);
            front.0.given.run_pending_tasks();
        }
    }
}
