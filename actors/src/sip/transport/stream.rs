//! One TCP or TLS connection: how it is made, read and written.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use sip::transport::Flow;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::message::Cause;

/// Bytes read at a time.
const READ_BYTES: usize = 8 * 1024;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 1024;
/// Longest time one message may take to be written.
const WRITE: Duration = Duration::from_secs(10);

/// Half of a connection, of either kind.
pub(super) type Reading = Box<dyn AsyncRead + Unpin>;
/// The other half.
pub(super) type Writing = Box<dyn AsyncWrite + Unpin>;

/// A connection that is ready.
pub(super) struct Open {
    pub local: SocketAddr,
    pub peer: SocketAddr,
    pub reading: Reading,
    pub writing: Writing,
}

/// What came by a connection; `None`: it is closed.
pub(super) struct Bytes {
    pub flow: Flow,
    pub bytes: Option<Vec<u8>>,
}

/// Binds a listener that outlives the actor that accepts from it.
pub(super) fn listen(address: SocketAddr, only_v6: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Accepted connections. After an error, such as too many open files, there is a pause.
pub(super) fn accepted(listener: TcpListener) -> impl Stream<Item = (TcpStream, SocketAddr)> {
    futures_util::stream::unfold(listener, |listener| async move {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    return Some(((stream, peer), listener));
                }
                Err(error) => {
                    log::warn!("SIP connection not accepted: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    })
}

/// Makes a connection; with TLS, to whom the policy trusts by that name.
pub(super) async fn connect(
    peer: SocketAddr,
    tls: Option<(Arc<ClientConfig>, String)>,
    within: Duration,
) -> Result<Open, Cause> {
    let made = async {
        let stream = TcpStream::connect(peer).await.map_err(|_| Cause::Unreachable)?;
        match tls {
            None => open(stream, peer).map_err(|_| Cause::Unreachable),
            Some((config, name)) => {
                let name = ServerName::try_from(name).map_err(|_| Cause::Tls("a host name expected".to_owned()))?;
                let local = stream.local_addr().map_err(|_| Cause::Unreachable)?;
                stream.set_nodelay(true).ok();
                let connected = TlsConnector::from(config).connect(name, stream).await;
                let stream = connected.map_err(|error| Cause::Tls(error.to_string()))?;
                let (reading, writing) = tokio::io::split(stream);
                Ok(Open { local, peer, reading: Box::new(reading), writing: Box::new(writing) })
            }
        }
    };
    timeout(within, made).await.unwrap_or(Err(Cause::Unreachable))
}

/// What was accepted, after the TLS handshake where there is to be one.
pub(super) async fn accept(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    within: Duration,
) -> io::Result<Open> {
    let Some(config) = tls else { return open(stream, peer) };
    let local = stream.local_addr()?;
    stream.set_nodelay(true).ok();
    let stream = timeout(within, TlsAcceptor::from(config).accept(stream)).await??;
    let (reading, writing) = tokio::io::split(stream);
    Ok(Open { local, peer, reading: Box::new(reading), writing: Box::new(writing) })
}

fn open(stream: TcpStream, peer: SocketAddr) -> io::Result<Open> {
    stream.set_nodelay(true).ok();
    let local = stream.local_addr()?;
    let (reading, writing) = stream.into_split();
    Ok(Open { local, peer, reading: Box::new(reading), writing: Box::new(writing) })
}

/// What comes, then one `None`. It is read as fast as it is handled.
pub(super) fn bytes(flow: Flow, reading: Reading) -> impl Stream<Item = Bytes> {
    futures_util::stream::unfold(Some(reading), move |reading| async move {
        let mut reading = reading?;
        let mut buffer = vec![0; READ_BYTES];
        match reading.read(&mut buffer).await {
            Ok(length @ 1..) => {
                buffer.truncate(length);
                Some((Bytes { flow, bytes: Some(buffer) }, Some(reading)))
            }
            Ok(0) | Err(_) => Some((Bytes { flow, bytes: None }, None)),
        }
    })
}

/// Writes what is queued until the queue is dropped, then ends the connection. Returns at the first failure.
pub(super) async fn write(mut writing: Writing, mut queue: mpsc::Receiver<Arc<[u8]>>) {
    while let Some(bytes) = queue.recv().await {
        let written = async {
            writing.write_all(&bytes).await?;
            writing.flush().await
        };
        if !matches!(timeout(WRITE, written).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = timeout(WRITE, writing.shutdown()).await;
}
