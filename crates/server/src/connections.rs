//! How many connections there may be, and how long one may stand still.

use axum_server::accept::Accept;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

/// A client that takes no byte of its answer for so long is cut off.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// The most connections, wherever the system would allow more: each takes some 20 kB.
const MOST_CONNECTIONS: u64 = 20_000;
/// File descriptors kept for the city file, archives and all else.
const KEPT_DESCRIPTORS: u64 = 128;

/// Lets connections in while there is room. Who comes when there is none is hung up on, so that files can still be opened.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    room: Arc<Semaphore>,
    stall: Duration,
}

impl Door {
    /// A door as wide as the process may have open files; asks the system for as many as it grants.
    pub(crate) fn new() -> Self {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).map_or(current, |()| maximum);
        let most = raised.unwrap_or(u64::MAX).saturating_sub(KEPT_DESCRIPTORS).clamp(16, MOST_CONNECTIONS);
        Self::of(most as usize, STALL_TIMEOUT)
    }

    fn of(most: usize, stall: Duration) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), stall }
    }
}

impl<S> Accept<TcpStream, S> for Door {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            return ready(Err(io::Error::other("there are as many connections as there may be")));
        };
        let opened = stream.set_nodelay(true).map(|()| {
            let mut stream = TimeoutStream::new(stream);
            stream.set_write_timeout(Some(self.stall));
            (Connection { stream: Box::pin(stream), _place: place }, service)
        });
        ready(opened)
    }
}

/// A connection that ends when its client stands still.
pub(crate) struct Connection {
    stream: Pin<Box<TimeoutStream<TcpStream>>>,
    _place: OwnedSemaphorePermit,
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// Both ends of a connection, that of the server through the door.
    async fn connect(door: &Door, listener: &TcpListener) -> (TcpStream, io::Result<Connection>) {
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (client, door.accept(stream, ()).await.map(|(connection, ())| connection))
    }

    #[tokio::test]
    async fn who_comes_when_all_is_full_is_hung_up_on() {
        let (door, listener) = (Door::of(2, STALL_TIMEOUT), TcpListener::bind("127.0.0.1:0").await.unwrap());
        let [first, _second] = [connect(&door, &listener).await, connect(&door, &listener).await];
        let (mut client, refused) = connect(&door, &listener).await;
        assert!(refused.is_err());
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "it does not wait");
        drop(first);
        assert!(connect(&door, &listener).await.1.is_ok(), "a place that is left is free");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_takes_nothing_is_cut_off_and_who_is_slow_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (_still, connection) = connect(&Door::of(1, Duration::from_millis(200)), &listener).await;
        let error = connection.unwrap().write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        let (mut slow, connection) = connect(&Door::of(1, Duration::from_secs(10)), &listener).await;
        let reader = tokio::spawn(async move {
            let mut block = vec![0; 16 << 20];
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(200)).await;
                slow.read_exact(&mut block).await.unwrap();
            }
        });
        connection.unwrap().write_all(&vec![0; 64 << 20]).await.unwrap();
        reader.await.unwrap();
    }
}
