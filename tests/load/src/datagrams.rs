//! The yardstick of a packet: 172 bytes every 20 ms to a bare UDP echo, and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use crate::Result;
use crate::calls::{FRAME, cost_of};
use crate::child::Server;

/// RTP with 20 ms of PCMU.
const DATAGRAM: [u8; 172] = [0x55; 172];

/// CPU microseconds of the bare echo a datagram, with so many senders.
///
/// Errors: a socket, or datagrams are lost.
pub async fn cost_us(bare: &Server, senders: usize, length: Duration) -> Result<f64> {
    let (returned, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut tasks = Vec::new();
    for sender in 0..senders {
        let udp = UdpSocket::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        udp.connect(bare.address).await.map_err(|e| e.to_string())?;
        let first = Instant::now() + FRAME * sender as u32 / senders as u32;
        tasks.push(tokio::spawn(send_again(udp, first, returned.clone(), stop.clone())));
    }
    let cost = cost_of(bare.pid(), &returned, senders, length).await;
    stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string())?;
    }
    cost
}

async fn send_again(
    udp: UdpSocket,
    mut next: Instant,
    returned: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let mut buffer = [0; 256];
    while !stop.load(Ordering::Relaxed) {
        tokio::select! {
            biased;
            received = udp.recv(&mut buffer) => {
                received?;
                returned.fetch_add(1, Ordering::Relaxed);
            }
            () = tokio::time::sleep_until(next.into()) => {
                next += FRAME;
                udp.send(&DATAGRAM).await?;
            }
        }
    }
    Ok(())
}
