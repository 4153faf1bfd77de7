//! One UDP socket with batched system calls: recvmmsg with GRO in, GSO out.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Kernel buffers: half a second of 20 Mbit/s. The kernel may grant less.
const KERNEL_BUFFER_BYTES: usize = 4 << 20;

/// Longest datagram taken where the kernel does not join them; longer ones are cut and
/// fail to authenticate.
const DATAGRAM_BYTES: usize = 2048;

/// Longest run of datagrams that GRO joins.
const JOINED_BYTES: usize = 64 * 1024;

/// A received datagram.
#[derive(Debug)]
pub(super) struct Datagram<'a> {
    pub source: SocketAddr,
    /// The local address it came to, where the kernel tells.
    pub destination: Option<IpAddr>,
    pub bytes: &'a [u8],
}

/// The socket of a worker.
pub(super) struct Batched {
    socket: UdpSocket,
    state: UdpSocketState,
    address: SocketAddr,
    buffers: Vec<Box<[u8]>>,
    metas: Vec<RecvMeta>,
}

impl Batched {
    /// Binds the socket; usable within a tokio runtime only from `enter` on.
    ///
    /// # Errors
    /// The address is taken or not ours.
    pub fn bind(listen: SocketAddr) -> io::Result<std::net::UdpSocket> {
        let socket = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
        if listen.is_ipv6() && listen.ip().is_unspecified() {
            socket.set_only_v6(false)?;
        }
        socket.set_recv_buffer_size(KERNEL_BUFFER_BYTES).ok();
        socket.set_send_buffer_size(KERNEL_BUFFER_BYTES).ok();
        socket.set_nonblocking(true)?;
        socket
            .bind(&listen.into())
            .map_err(|error| io::Error::new(error.kind(), format!("media.listen {listen}: {error}")))?;
        Ok(socket.into())
    }

    /// Registers the socket with the current runtime.
    pub fn enter(socket: std::net::UdpSocket) -> io::Result<Self> {
        let socket = UdpSocket::from_std(socket)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let length = if state.gro_segments() > 1 { JOINED_BYTES } else { DATAGRAM_BYTES };
        let buffers = (0..BATCH_SIZE).map(|_| vec![0; length].into_boxed_slice()).collect();
        let address = socket.local_addr()?;
        Ok(Self { socket, state, address, buffers, metas: vec![RecvMeta::default(); BATCH_SIZE] })
    }

    /// Waits until a datagram may be there.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Takes one batch and gives each datagram to `each`. Returns how many there were; 0 when
    /// there is nothing now.
    pub fn receive(&mut self, mut each: impl FnMut(Datagram<'_>)) -> io::Result<usize> {
        let (socket, state, metas) = (&self.socket, &self.state, &mut self.metas);
        let mut slices: Vec<IoSliceMut<'_>> = self.buffers.iter_mut().map(|buffer| IoSliceMut::new(buffer)).collect();
        let receive = || state.recv(UdpSockRef::from(socket), &mut slices, metas);
        let count = match socket.try_io(Interest::READABLE, receive) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(0),
            // An earlier send met a closed port (ICMP); the datagrams behind it are waiting.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Ok(1),
            Err(error) => return Err(error),
        };
        let mut datagrams = 0;
        for (meta, buffer) in self.metas.iter().zip(&self.buffers).take(count) {
            let source = canonical(meta.addr);
            let destination = meta.dst_ip.map(|ip| ip.to_canonical());
            let whole = buffer.get(..meta.len).unwrap_or_default();
            for bytes in whole.chunks(meta.stride.max(1)) {
                datagrams += 1;
                each(Datagram { source, destination, bytes });
            }
        }
        Ok(datagrams)
    }

    /// Sends `contents`, which is one datagram or several of `segment` bytes (the last may be
    /// shorter), from the local address `source` where that is given.
    pub fn send(
        &self,
        source: Option<IpAddr>,
        destination: SocketAddr,
        contents: &[u8],
        segment: Option<usize>,
    ) -> io::Result<()> {
        let destination = self.outgoing(destination);
        let src_ip = source.map(|ip| self.outgoing(SocketAddr::new(ip, 0)).ip());
        let transmit = Transmit { destination, ecn: None, contents, segment_size: segment, src_ip };
        self.socket.try_io(Interest::WRITABLE, || self.state.try_send(UdpSockRef::from(&self.socket), &transmit))
    }

    /// Most datagrams in one `send`.
    pub fn max_segments(&self) -> usize {
        self.state.max_gso_segments().max(1)
    }

    /// An IPv6 socket names IPv4 addresses in their mapped form (RFC 4291 2.5.5.2).
    fn outgoing(&self, address: SocketAddr) -> SocketAddr {
        match address.ip() {
            IpAddr::V4(ip) if self.address.is_ipv6() => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
            IpAddr::V4(_) | IpAddr::V6(_) => address,
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
