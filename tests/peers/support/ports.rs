//! Ports for programs that cannot choose one themselves and say which.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the engine's ports for media (from 30000) and those the kernel takes by itself (from 32768), where every other
/// test is.
const RANGE: RangeInclusive<u16> = 10_000..=29_900;
/// Ports a program may use.
pub const BLOCK: u16 = 40;

/// The first of [`BLOCK`] ports that are free for UDP and TCP on loopback and given to nobody else in this process.
pub fn free_block() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let blocks = (RANGE.end() - RANGE.start()) / BLOCK;
    let anywhere = u16::try_from(RandomState::new().hash_one(std::process::id()) % u64::from(blocks)).unwrap_or(0);
    NEXT.compare_exchange(0, anywhere + 1, Ordering::Relaxed, Ordering::Relaxed).ok();
    for _ in 0..blocks {
        let first = RANGE.start() + NEXT.fetch_add(1, Ordering::Relaxed) % blocks * BLOCK;
        if (first..first + BLOCK).all(is_free) {
            return first;
        }
    }
    panic!("no {BLOCK} ports in a row are free");
}

/// Whether nobody has it, for UDP and TCP.
pub fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
}
