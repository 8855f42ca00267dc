//! Listening, and stopping without dropping requests.

use crate::archives::{ArchiveConfig, Archives, OpenArchiveError};
use crate::connections::Door;
use crate::front::Front;
use crate::routes::tiles;
use crate::state::AppState;
use crate::{router, watch};
use axum::ServiceExt;
use axum::http::Request;
use axum_server::Handle;
use hyper::body::Incoming;
use hyper_util::rt::TokioTimer;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use urbis_query::City;

/// A client that needs longer than this to send its request's head, or sends none, is cut off: it holds a socket, nothing
/// more.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long requests under way may take to finish after a stop signal.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// The most bytes of finished tiles in memory unless told.
pub const DEFAULT_TILE_CACHE_BYTES: u64 = 256 << 20;

/// The part of those bytes that whole answers take, which mostly share their bodies with the tiles.
pub(crate) const ANSWERS_SHARE: u64 = 4;

/// What the server is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The city's title in Chinese.
    pub title: String,
    /// The city's title in English.
    pub title_en: String,
    /// The most bytes of finished tiles that are kept in memory.
    pub tile_cache_bytes: u64,
    /// Archives of tiles to serve beside the city's layers.
    pub archives: Vec<ArchiveConfig>,
}

/// Why the server could not run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("can't listen on {address}; is another program using the port? Choose one with --listen HOST:PORT")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// An archive can't be served.
    #[error("an archive of the configuration can't be served")]
    Archive(#[source] OpenArchiveError),
    /// Listening failed later.
    #[error("the listener on {address} failed")]
    Serve {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Serves the city until interrupted (SIGINT, SIGTERM); `ready` is called once with the address listened on.
///
/// # Errors
/// [`ServeError`] when the address can't be listened on, or an archive can't be opened.
pub async fn serve(city: City, config: Config, ready: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let archives = Archives::open(&config.archives).map_err(ServeError::Archive)?;
    for name in archives.names().filter(|name| city.layer(name).is_some()) {
        tracing::warn!(%name, "an archive has the name of a layer of the city; its tiles are served, the layer's are not");
    }
    let listener = TcpListener::bind(config.listen)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|source| ServeError::Listen { address: config.listen, source })?;
    let address = listener.local_addr().map_err(|source| ServeError::Listen { address: config.listen, source })?;
    let state = AppState::new(Arc::new(city), &config, archives);
    let watchers = [tokio::spawn(watch::watch(state.clone())), tokio::spawn(watch::watch_archives(state.archives.clone()))];
    let handle = Handle::new();
    tokio::spawn(stop_on_signal(handle.clone()));
    let failed = |source| ServeError::Serve { address, source };
    let mut server = axum_server::from_tcp(listener)
        .map_err(failed)?
        .handle(handle)
        .acceptor(Door::new())
        .first_request_timeout(HEAD_TIMEOUT)
        .accept_error_handler(|_, error| {
            metrics::counter!("urbis_connections_refused_total").increment(1);
            tracing::debug!(%error, "a connection was not accepted");
        });
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let front = Front::new(router::router(state.clone()), state, config.tile_cache_bytes / ANSWERS_SHARE, tiles::ROUTE);
    ready(address);
    let served = server.serve(ServiceExt::<Request<Incoming>>::into_make_service(front)).await;
    watchers.iter().for_each(tokio::task::JoinHandle::abort);
    served.map_err(failed)
}

async fn stop_on_signal(handle: Handle<SocketAddr>) {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            // Without the handler SIGTERM keeps its default: the process ends.
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping: no new requests, {} s for those under way", STOP_WITHIN.as_secs());
    handle.graceful_shutdown(Some(STOP_WITHIN));
}
