//! Datagrams waiting for the end of a round, joined where one system call can send several.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::Ordering;

use super::Counters;
use super::socket::Batched;

/// Longest run of datagrams in one call, below what an IP packet can name.
const JOINED_BYTES: usize = 60_000;

/// What one round of the worker sends.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Vec<Outgoing>,
    joined: Vec<u8>,
}

#[derive(Debug)]
struct Outgoing {
    source: Option<IpAddr>,
    destination: SocketAddr,
    bytes: Vec<u8>,
}

impl Outbox {
    /// Adds a datagram. `source` is the local address to send from, where it matters.
    pub fn push(&mut self, source: Option<IpAddr>, destination: SocketAddr, bytes: Vec<u8>) {
        self.waiting.push(Outgoing { source, destination, bytes });
    }

    /// Sends everything in order. What the kernel will not take now is dropped and counted:
    /// late media is worth nothing, and all else is repeated by its protocol.
    pub fn flush(&mut self, socket: &Batched, counters: &Counters) {
        let mut rest = self.waiting.as_slice();
        let (mut sent, mut bytes, mut failed) = (0, 0, 0);
        while let Some(first) = rest.first() {
            let count = run_length(rest, socket.max_segments());
            let (run, tail) = rest.split_at(count);
            rest = tail;
            match send(socket, first, run, &mut self.joined) {
                Ok(()) => {
                    sent += run.len() as u64;
                    bytes += run.iter().map(|datagram| datagram.bytes.len() as u64).sum::<u64>();
                }
                Err(error) => {
                    failed += run.len() as u64;
                    log::debug!("{} datagrams to {} not sent: {error}", run.len(), first.destination);
                }
            }
        }
        self.waiting.clear();
        counters.packets_out.fetch_add(sent, Ordering::Relaxed);
        counters.bytes_out.fetch_add(bytes, Ordering::Relaxed);
        counters.send_errors.fetch_add(failed, Ordering::Relaxed);
    }
}

fn send(socket: &Batched, first: &Outgoing, run: &[Outgoing], joined: &mut Vec<u8>) -> io::Result<()> {
    if run.len() == 1 {
        return socket.send(first.source, first.destination, &first.bytes, None);
    }
    joined.clear();
    run.iter().for_each(|datagram| joined.extend_from_slice(&datagram.bytes));
    socket.send(first.source, first.destination, joined, Some(first.bytes.len()))
}

/// How many datagrams from the front can go in one call: one way, one size, the last one
/// possibly shorter.
fn run_length(waiting: &[Outgoing], max: usize) -> usize {
    let Some(first) = waiting.first() else { return 0 };
    let size = first.bytes.len();
    let most = max.min(JOINED_BYTES / size.max(1)).max(1);
    let mut count = 1;
    for next in waiting.iter().take(most).skip(1) {
        let same_way = next.destination == first.destination && next.source == first.source;
        if !same_way || next.bytes.len() > size {
            break;
        }
        count += 1;
        if next.bytes.len() < size {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(datagrams: &[(u16, usize)]) -> Vec<Outgoing> {
        let outgoing = |&(port, size)| Outgoing {
            source: None,
            destination: SocketAddr::from(([127, 0, 0, 1], port)),
            bytes: vec![0; size],
        };
        datagrams.iter().map(outgoing).collect()
    }

    #[test]
    fn datagrams_of_one_size_to_one_receiver_are_joined() {
        assert_eq!(run_length(&waiting(&[(1, 100), (1, 100), (1, 100), (2, 100)]), 64), 3);
        assert_eq!(run_length(&waiting(&[(1, 100), (1, 60), (1, 60)]), 64), 2, "the last may be shorter");
        assert_eq!(run_length(&waiting(&[(1, 100), (1, 101)]), 64), 1);
        assert_eq!(run_length(&waiting(&[(1, 100), (1, 100), (1, 100)]), 2), 2, "the kernel's limit");
        assert_eq!(run_length(&waiting(&[(1, 30_000), (1, 30_000), (1, 30_000)]), 64), 2);
        assert_eq!(run_length(&[], 64), 0);
    }
}
