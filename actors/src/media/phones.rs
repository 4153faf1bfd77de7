//! The sockets of a worker's phone legs, behind one wake-up for all of them.

use std::collections::{HashMap, VecDeque};
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
pub(super) const DATAGRAMS: usize = 32;

/// Longest datagram taken. Longer ones are no RTP that fits a network.
pub(super) const DATAGRAM_BYTES: usize = 2048;

/// All phone sockets of one worker.
pub(super) struct Phones {
    poll: AsyncFd<Poll>,
    events: Events,
    sockets: HashMap<Token, Open>,
    by_peer: HashMap<PeerId, Vec<(Socket, Token)>>,
    /// Sockets that may hold something, and how much was taken from the first one in a row.
    unread: VecDeque<Token>,
    taken: usize,
    /// Those that had their share of a round.
    later: Vec<Token>,
    next: usize,
    ports: Arc<Ports>,
}

/// A datagram of a phone.
pub(super) struct FromPhone {
    pub peer: PeerId,
    /// What it came to.
    pub socket: Socket,
    pub source: SocketAddr,
    /// Bytes of the buffer that it takes.
    pub length: usize,
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
            unread: VecDeque::new(),
            taken: 0,
            later: Vec::new(),
            next: 0,
            ports,
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
        if self.later.is_empty() {
            // Cleared before `look` empties the inner poll: what comes later is told again.
            self.poll.readable().await?.clear_ready();
        }
        Ok(())
    }

    /// Notes the sockets that have something. Each is told of once, until it is drained.
    ///
    /// # Errors
    /// Of the poll.
    pub fn look(&mut self) -> io::Result<()> {
        self.unread.extend(self.later.drain(..));
        while !self.sockets.is_empty() {
            match self.poll.get_mut().poll(&mut self.events, Some(Duration::ZERO)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            let before = self.unread.len();
            self.unread.extend(self.events.iter().map(|event| event.token()));
            if self.unread.len() < before + EVENTS {
                break;
            }
        }
        Ok(())
    }

    /// The next datagram of the sockets that have something, in `buffer`.
    pub fn next(&mut self, buffer: &mut [u8]) -> Option<FromPhone> {
        while let Some(token) = self.unread.pop_front() {
            let taken = std::mem::take(&mut self.taken);
            let Some(open) = self.sockets.get(&token) else { continue };
            let Some((length, source)) = open.receive(buffer) else { continue };
            if taken + 1 < DATAGRAMS {
                self.taken = taken + 1;
                self.unread.push_front(token);
            } else {
                self.later.push(token);
            }
            return Some(FromPhone { peer: open.peer, socket: open.name, source, length });
        }
        None
    }

    /// Sends a datagram from a peer's socket.
    pub fn send(&self, peer: PeerId, name: Socket, destination: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let tokens = self.by_peer.get(&peer).into_iter().flatten();
        let token = tokens.filter(|(known, _)| *known == name).map(|(_, token)| token).next();
        let Some(open) = token.and_then(|token| self.sockets.get(token)) else { return Ok(()) };
        open.socket.send_to(bytes, destination).map(|_| ())
    }
}

impl Open {
    /// One datagram; `None`: there is none now.
    fn receive(&self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        loop {
            match self.socket.recv_from(buffer) {
                Ok((length, source)) => {
                    return Some((length, SocketAddr::new(source.ip().to_canonical(), source.port())));
                }
                // An earlier datagram met a closed port (ICMP); those behind it are waiting.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => return None,
            }
        }
    }
}
