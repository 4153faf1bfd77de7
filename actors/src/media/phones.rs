//! The sockets of a worker's phone legs, behind one wake-up for all of them.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::media::phone::Socket;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use tokio::io::unix::AsyncFd;

use super::PeerId;
use super::ports::{Pair, Ports};

/// Sockets looked at in one round.
const EVENTS: usize = 256;

/// Datagrams taken from one socket in one round; the rest waits for the next.
const DATAGRAMS: usize = 32;

/// Longest datagram taken. Longer ones are no RTP that fits a network.
const DATAGRAM_BYTES: usize = 2048;

/// All phone sockets of one worker.
pub(super) struct Phones {
    poll: AsyncFd<Poll>,
    events: Events,
    sockets: HashMap<Token, Open>,
    by_peer: HashMap<PeerId, Vec<(Socket, Token)>>,
    /// Sockets that may hold more than was taken.
    unread: Vec<Token>,
    next: usize,
    ports: Arc<Ports>,
    buffer: Box<[u8]>,
}

struct Open {
    peer: PeerId,
    name: Socket,
    socket: UdpSocket,
    /// To give back, of RTP sockets.
    port: Option<u16>,
}

impl Phones {
    /// No sockets. Within a tokio runtime only.
    #[expect(
        deprecated,
        reason = "a `Poll` keeps its descriptor until it is dropped; `register` would need unsafe code"
    )]
    pub fn new(ports: Arc<Ports>) -> io::Result<Phones> {
        Ok(Phones {
            poll: AsyncFd::new(Poll::new()?)?,
            events: Events::with_capacity(EVENTS),
            sockets: HashMap::new(),
            by_peer: HashMap::new(),
            unread: Vec::new(),
            next: 0,
            ports,
            buffer: vec![0; DATAGRAM_BYTES].into(),
        })
    }

    /// Binds a peer's sockets. Returns the RTP ports for audio and video.
    ///
    /// # Errors
    /// No pair is free.
    pub fn open(&mut self, now: Instant, peer: PeerId, ip: IpAddr, video: bool) -> io::Result<(u16, Option<u16>)> {
        let audio = self.pair(now, peer, ip, [Socket::Audio, Socket::AudioRtcp]);
        let video = video.then(|| self.pair(now, peer, ip, [Socket::Video, Socket::VideoRtcp])).transpose();
        let opened = audio.and_then(|audio| Ok((audio, video?)));
        if opened.is_err() {
            self.close(now, peer);
        }
        opened
    }

    fn pair(&mut self, now: Instant, peer: PeerId, ip: IpAddr, names: [Socket; 2]) -> io::Result<u16> {
        let Pair { rtp, rtcp, port } = self.ports.bind(now, ip)?;
        let [name, rtcp_name] = names;
        for (name, socket, port) in [(name, rtp, Some(port)), (rtcp_name, rtcp, None)] {
            self.next += 1;
            let token = Token(self.next);
            let mut socket = UdpSocket::from_std(socket);
            self.poll.get_ref().registry().register(&mut socket, token, Interest::READABLE)?;
            self.sockets.insert(token, Open { peer, name, socket, port });
            self.by_peer.entry(peer).or_default().push((name, token));
        }
        Ok(port)
    }

    /// Closes a peer's sockets.
    pub fn close(&mut self, now: Instant, peer: PeerId) {
        for (_, token) in self.by_peer.remove(&peer).unwrap_or_default() {
            let Some(mut open) = self.sockets.remove(&token) else { continue };
            let _ = self.poll.get_ref().registry().deregister(&mut open.socket);
            drop(open.socket);
            open.port.into_iter().for_each(|port| self.ports.release(now, port));
        }
    }

    /// Waits until a datagram may be there.
    pub async fn readable(&self) -> io::Result<()> {
        if self.unread.is_empty() {
            // Cleared before `receive` empties the inner poll: what comes later is told again.
            self.poll.readable().await?.clear_ready();
        }
        Ok(())
    }

    /// Takes what is there and gives it to `each`. Returns how many datagrams there were.
    pub fn receive(&mut self, mut each: impl FnMut(PeerId, Socket, SocketAddr, &[u8])) -> io::Result<usize> {
        if self.sockets.is_empty() {
            return Ok(0);
        }
        self.look()?;
        let mut count = 0;
        for token in std::mem::take(&mut self.unread) {
            let Some(open) = self.sockets.get(&token) else { continue };
            let taken = drain(open, &mut self.buffer, &mut each);
            count += taken;
            if taken >= DATAGRAMS {
                self.unread.push(token);
            }
        }
        Ok(count)
    }

    /// Notes the sockets that have something. Each is told of once, until it is drained.
    fn look(&mut self) -> io::Result<()> {
        loop {
            match self.poll.get_mut().poll(&mut self.events, Some(Duration::ZERO)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if self.events.is_empty() {
                return Ok(());
            }
            let tokens = self.events.iter().map(|event| event.token());
            for token in tokens {
                if !self.unread.contains(&token) {
                    self.unread.push(token);
                }
            }
        }
    }

    /// Sends a datagram from a peer's socket.
    pub fn send(&self, peer: PeerId, name: Socket, destination: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let tokens = self.by_peer.get(&peer).into_iter().flatten();
        let token = tokens.filter(|(known, _)| *known == name).map(|(_, token)| token).next();
        let Some(open) = token.and_then(|token| self.sockets.get(token)) else { return Ok(()) };
        open.socket.send_to(bytes, destination).map(|_| ())
    }
}

fn drain(open: &Open, buffer: &mut [u8], each: &mut impl FnMut(PeerId, Socket, SocketAddr, &[u8])) -> usize {
    for taken in 0..DATAGRAMS {
        match open.socket.recv_from(buffer) {
            Ok((length, source)) => {
                let source = SocketAddr::new(source.ip().to_canonical(), source.port());
                each(open.peer, open.name, source, buffer.get(..length).unwrap_or_default());
            }
            // An earlier datagram met a closed port (ICMP); those behind it are waiting.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
            Err(_) => return taken,
        }
    }
    DATAGRAMS
}
