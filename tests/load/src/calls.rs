//! Calls to `echo`, with real ICE, DTLS and SRTP: the virtual browser of `media::client`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use media::Certificate;
use media::client::{Change, Client as Peer, Codec, MediaKind, Output};
use serde_json::{Value, json};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::Result;
use crate::child::Server;
use crate::clients::{Client, Source};
use crate::meter::Cpu;

/// Calls at a time, as in the published figures of other servers.
pub const CALLS: usize = 55;
/// One packet of Opus: 20 ms in 160 bytes.
const FRAME: Duration = Duration::from_millis(20);
const FRAME_TICKS: u32 = 960;
const PAYLOAD: [u8; 160] = [0x55; 160];
/// Time for ICE and DTLS.
const SET_UP: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Shared {
    returned: AtomicU64,
    stop: AtomicBool,
}

struct Call {
    client: Client,
    peer: Peer,
    udp: UdpSocket,
    address: SocketAddr,
    /// When the peer wants its timeout.
    wake: Instant,
    shared: Arc<Shared>,
}

/// CPU microseconds of the engine a packet it returned.
///
/// Errors: a call is refused, or most packets are lost.
pub async fn cost_us(engine: &Server, tokens: Vec<String>, length: Duration) -> Result<f64> {
    let shared = Arc::new(Shared::default());
    eprintln!("  echo calls");
    let mut source = Source::engine(engine, tokens);
    let certificate = Certificate::generate().map_err(|e| e.to_string())?;
    let mut tasks: Vec<JoinHandle<Result<()>>> = Vec::new();
    for _ in 0..CALLS {
        let call = Call::start(source.open().await?, &certificate, shared.clone()).await?;
        tasks.push(tokio::spawn(call.run()));
    }
    tokio::time::sleep(SET_UP).await;
    let (cpu, returned) = (Cpu::of(engine.pid())?, shared.returned.load(Ordering::Relaxed));
    tokio::time::sleep(length).await;
    let used_us = Cpu::of(engine.pid())?.since_us(&cpu);
    let returned = shared.returned.load(Ordering::Relaxed) - returned;
    shared.stop.store(true, Ordering::Relaxed);
    let calls = tasks.len() as f64;
    for task in tasks {
        task.await.map_err(|e| e.to_string())??;
    }
    let expected = calls * length.as_secs_f64() / FRAME.as_secs_f64();
    eprintln!("    {returned} packets of {expected:.0} came back");
    if (returned as f64) < expected * 0.9 {
        return Err(format!("of {expected:.0} packets {returned} came back"));
    }
    Ok(used_us / returned as f64)
}

impl Call {
    /// Offers sound to `echo` and waits for the answer.
    async fn start(mut client: Client, certificate: &Certificate, shared: Arc<Shared>) -> Result<Call> {
        let udp = UdpSocket::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = udp.local_addr().map_err(|e| e.to_string())?;
        let mut peer = Peer::new(Instant::now(), address, certificate)?;
        let sdp = peer.offer(&[Change::Add(MediaKind::Audio)]).ok_or("no offer was made")?;
        let (account, target) = client.account.clone().ok_or("a call needs an account")?;
        let leg = json!({ "id": Uuid::new_v4(), "gcid": Uuid::new_v4() });
        let mut start = leg.clone();
        start["account"] = account.into();
        start["target"] = "echo".into();
        start["sdp"] = sdp.into();
        client.socket.send(&json!({ "method": "call.start", "to": target, "body": start }).to_string()).await?;
        let accept = answer(&mut client).await?;
        peer.answer(accept["sdp"].as_str().ok_or("call.accept has no sdp")?)?;
        client.socket.send(&json!({ "method": "call.ack.accept", "to": target, "body": leg }).to_string()).await?;
        Ok(Call { client, peer, udp, address, wake: Instant::now(), shared })
    }

    /// Sends a packet every 20 ms and counts what comes back, until told to stop.
    async fn run(mut self) -> Result<()> {
        let mut buffer = vec![0; 2048];
        let mut next = Instant::now() + FRAME;
        self.drain().await?;
        while !self.shared.stop.load(Ordering::Relaxed) {
            tokio::select! {
                biased;
                received = self.udp.recv_from(&mut buffer) => {
                    let (length, source) = received.map_err(|e| e.to_string())?;
                    self.peer.receive(Instant::now(), source, buffer.get(..length).unwrap_or_default());
                }
                () = tokio::time::sleep_until(next.into()) => {
                    next += FRAME;
                    self.speak();
                }
                () = tokio::time::sleep_until(self.wake.into()) => self.peer.timeout(Instant::now()),
                frame = self.client.socket.next() => drop(frame?),
            }
            self.drain().await?;
        }
        Ok(())
    }

    fn speak(&mut self) {
        if let (true, Some(mid)) = (self.peer.is_connected(), self.peer.mids().first().copied()) {
            self.peer.send(Instant::now(), mid, Codec::Opus, FRAME_TICKS, false, &PAYLOAD);
        }
    }

    async fn drain(&mut self) -> Result<()> {
        while let Some(output) = self.peer.poll() {
            match output {
                Output::Transmit { destination, bytes } => {
                    let sent = self.udp.send_to(&bytes, destination).await;
                    sent.map_err(|e| format!("{} to {destination}: {e}", self.address))?;
                }
                Output::Received(_) => {
                    self.shared.returned.fetch_add(1, Ordering::Relaxed);
                }
                Output::Wake(at) => self.wake = at,
                Output::Closed => return Err("the engine closed the media of a call".to_owned()),
                Output::Connected | Output::KeyframeRequest(_) => {}
            }
        }
        Ok(())
    }
}

/// The body of `call.accept`; an end or an error instead of it is one here.
async fn answer(client: &mut Client) -> Result<Value> {
    loop {
        let frame: Value = serde_json::from_str(&client.socket.next().await?).map_err(|e| e.to_string())?;
        match frame["method"].as_str() {
            Some("call.accept") => return Ok(frame["body"].clone()),
            Some("call.end" | "core.error") => return Err(format!("the call to echo failed: {frame}")),
            Some(_) | None => {}
        }
    }
}
