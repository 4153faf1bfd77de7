//! UDP sockets: bound, read in batches, and which one leads to a hop.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures_util::Stream;
use sip::message::limits::MESSAGE_BYTES;
use sip::transport::Flow;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::undelivered;

/// Datagrams taken before others get their turn.
const BATCH: usize = 32;
/// Kernel buffer, in bytes: what waits while others have their turn. The kernel may grant less.
const KERNEL_BUFFER_BYTES: usize = 1 << 20;

/// Datagrams of one socket.
pub(super) struct Datagrams {
    pub flow: Flow,
    pub batch: Vec<(SocketAddr, Vec<u8>)>,
    /// The beginnings of messages of ours that did not arrive.
    pub lost: Vec<Vec<u8>>,
}

/// Binds a socket that outlives the actor that reads it.
pub(super) fn bind(address: SocketAddr, only_v6: bool) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(only_v6)?;
    }
    socket.set_recv_buffer_size(KERNEL_BUFFER_BYTES).ok();
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    undelivered::watch(&socket)?;
    Ok(socket.into())
}

/// What comes to a socket. Ends never: an error of one datagram is not one of the socket.
pub(super) fn datagrams(flow: Flow, socket: Arc<UdpSocket>) -> impl Stream<Item = Datagrams> {
    let buffer = vec![0; MESSAGE_BYTES + 1].into_boxed_slice();
    futures_util::stream::unfold((socket, buffer), move |(socket, mut buffer)| async move {
        loop {
            socket.ready(Interest::READABLE | Interest::ERROR).await.ok()?;
            let (lost, batch) = (undelivered(&socket), received(&socket, &mut buffer));
            if !batch.is_empty() || !lost.is_empty() {
                return Some((Datagrams { flow, batch, lost }, (socket, buffer)));
            }
        }
    })
}

fn received(socket: &UdpSocket, buffer: &mut [u8]) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut batch = Vec::new();
    for _ in 0..BATCH {
        match socket.try_recv_from(buffer) {
            Ok((length, source)) => {
                let source = SocketAddr::new(source.ip().to_canonical(), source.port());
                batch.push((source, buffer.get(..length).unwrap_or_default().to_vec()));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // Of an earlier send: those behind it wait.
            Err(_) => {}
        }
    }
    batch
}

fn undelivered(socket: &UdpSocket) -> Vec<Vec<u8>> {
    let next = || socket.try_io(Interest::ERROR, || undelivered::next(socket)).ok();
    std::iter::from_fn(next).take(BATCH).filter(|quoted| !quoted.is_empty()).collect()
}

/// Sends at once, or not at all: whoever waits for an answer sends again. Not by way of the runtime, which takes a socket
/// that it has not polled yet for one that cannot be written to.
pub(super) fn send(socket: &UdpSocket, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    let on_v6 = socket.local_addr().is_ok_and(|own| own.is_ipv6());
    let to = match to.ip() {
        IpAddr::V4(ip) if on_v6 => SocketAddr::new(ip.to_ipv6_mapped().into(), to.port()),
        IpAddr::V4(_) | IpAddr::V6(_) => to,
    };
    let send = || SockRef::from(socket).send_to(bytes, &to.into()).map(|_| ());
    match send() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(error),
        // It may be told of an earlier datagram, and is told once.
        Err(_) => send(),
        Ok(()) => Ok(()),
    }
}

/// Every address of the family of `address`.
pub(super) fn unspecified(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    }
}

/// Our address on the way to `hop`, as the kernel routes it: nothing is sent.
pub(super) fn local_towards(hop: SocketAddr) -> io::Result<IpAddr> {
    let probe = std::net::UdpSocket::bind(SocketAddr::new(unspecified(hop.ip()), 0))?;
    probe.connect(hop)?;
    Ok(probe.local_addr()?.ip())
}
