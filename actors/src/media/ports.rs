//! RTP ports of the phone legs: pairs, an even one for RTP and the next for RTCP (RFC 3550 section 11).

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A pair is left alone this long: late packets of one call do not reach another.
const QUARANTINE: Duration = Duration::from_secs(5);

/// Pairs that other programs hold are passed over this often.
const TRIES: usize = 32;

/// The ports of this process, shared by its workers.
#[derive(Debug)]
pub(super) struct Ports {
    /// The longest free first; `None`: the kernel chooses.
    free: Option<Mutex<VecDeque<Free>>>,
}

/// A pair nobody uses.
#[derive(Debug, Clone, Copy)]
struct Free {
    /// The even one.
    port: u16,
    /// When it was given back.
    since: Option<Instant>,
}

/// Two bound sockets of one pair.
#[derive(Debug)]
pub(super) struct Pair {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    /// Of `rtp`.
    pub port: u16,
}

impl Ports {
    /// Pairs out of `range` (both ends included); without one, whatever the kernel has free.
    pub fn new(range: Option<(u16, u16)>) -> Ports {
        let pairs = |(first, last): (u16, u16)| {
            let even = first.saturating_add(first % 2)..last;
            Mutex::new(even.step_by(2).map(|port| Free { port, since: None }).collect())
        };
        Ports { free: range.map(pairs) }
    }

    /// Binds a pair.
    ///
    /// # Errors
    /// None is free, or none can be bound at that address.
    pub fn bind(&self, now: Instant, ip: IpAddr) -> io::Result<Pair> {
        let mut failed = io::Error::new(io::ErrorKind::AddrInUse, "no RTP port is free");
        for _ in 0..TRIES {
            let Some(port) = self.take(now) else { break };
            match bind(ip, port) {
                Ok(pair) => return Ok(pair),
                Err(error) => {
                    self.release(now, port);
                    failed = error;
                }
            }
        }
        Err(failed)
    }

    fn take(&self, now: Instant) -> Option<u16> {
        let Some(free) = &self.free else { return Some(0) };
        let mut free = free.lock().unwrap_or_else(PoisonError::into_inner);
        let rested = |free: &mut Free| free.since.is_none_or(|since| now >= since + QUARANTINE);
        free.pop_front_if(rested).map(|free| free.port)
    }

    /// A pair is not used any more.
    pub fn release(&self, now: Instant, port: u16) {
        if let Some(free) = &self.free {
            free.lock().unwrap_or_else(PoisonError::into_inner).push_back(Free { port, since: Some(now) });
        }
    }
}

/// Binds `port` and the next one; port 0 takes a pair that the kernel has free.
fn bind(ip: IpAddr, port: u16) -> io::Result<Pair> {
    let rtp = UdpSocket::bind(SocketAddr::new(ip, port))?;
    let port = rtp.local_addr()?.port();
    if port % 2 == 1 {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "the kernel gave no even port"));
    }
    let rtcp = UdpSocket::bind(SocketAddr::new(ip, port + 1))?;
    rtp.set_nonblocking(true)?;
    rtcp.set_nonblocking(true)?;
    Ok(Pair { rtp, rtcp, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_pair_is_even_and_odd_and_rests_before_it_is_used_again() {
        let now = Instant::now();
        let port = Ports::new(None).bind(now, LOOPBACK).expect("the kernel has one").port;
        assert_eq!(port % 2, 0);
        let ports = Ports::new(Some((port, port + 1)));
        let pair = ports.bind(now, LOOPBACK).expect("just freed");
        assert_eq!((pair.port, pair.rtcp.local_addr().map(|a| a.port()).ok()), (port, Some(port + 1)));
        assert_eq!(ports.bind(now, LOOPBACK).map(|_| ()).map_err(|e| e.to_string()), Err("no RTP port is free".into()));
        drop(pair);
        ports.release(now, port);
        assert!(ports.bind(now, LOOPBACK).is_err(), "in quarantine");
        assert_eq!(ports.bind(now + QUARANTINE, LOOPBACK).map(|pair| pair.port).ok(), Some(port));
    }
}
