//! What a call through the gateway costs while it runs.

use std::time::Duration;

use media::Certificate;
use media::client::Codec;

use super::speech;
use super::switchboard::Switchboard;
use crate::Result;
use crate::browser::Speech;
use crate::calls::{Running, Script, Sound};
use crate::clients::Client;
use crate::meter::resident_kib;

/// Calls at a time, as in the published figures of other gateways.
pub const FEW: usize = 55;
pub const MANY: usize = 165;
/// Transcoded calls at a time: a third of a core.
const TRANSCODED: usize = 80;
/// PCMU: 20 ms.
const TICKS: u32 = 160;
/// From the browser and from the phone.
pub const STREAMS: usize = 2;

/// Calls whose sound goes through untouched.
pub struct Relayed {
    /// CPU a packet with 55 calls, in microseconds.
    pub few_us: f64,
    /// With 165.
    pub many_us: f64,
    /// Memory a call, of 165.
    pub call_kib: f64,
}

/// PCMU on both sides. Takes the clients and gives them back.
///
/// Errors: a call fails, or packets are lost.
pub async fn relayed(
    pid: u32,
    clients: &mut Vec<Client>,
    switchboard: &Switchboard,
    length: Duration,
) -> Result<Relayed> {
    let before = resident_kib(pid)?;
    let mut running = Running::new(Script {
        certificate: Certificate::generate().map_err(|e| e.to_string())?,
        speech: Speech::Any(Codec::PCMU),
        browser: Sound::opaque(TICKS),
        phone: Sound::opaque(TICKS),
    });
    fill(&mut running, clients, switchboard, FEW).await?;
    let few_us = running.cost_us(pid, length, STREAMS).await?;
    fill(&mut running, clients, switchboard, MANY).await?;
    let many_us = running.cost_us(pid, length, STREAMS).await?;
    let call_kib = (resident_kib(pid)? - before) / running.len() as f64;
    clients.extend(running.end().await?);
    Ok(Relayed { few_us, many_us, call_kib })
}

/// CPU microseconds of a second of a call between Opus and PCMU. Takes the clients and gives them back.
///
/// Errors: a call fails, or packets are lost.
pub async fn transcoded_us(
    pid: u32,
    clients: &mut Vec<Client>,
    switchboard: &Switchboard,
    length: Duration,
) -> Result<f64> {
    let mut running = Running::new(Script {
        certificate: Certificate::generate().map_err(|e| e.to_string())?,
        speech: Speech::OpusOnly,
        browser: speech::of(audio::Codec::Opus)?,
        phone: speech::of(audio::Codec::Pcmu)?,
    });
    fill(&mut running, clients, switchboard, TRANSCODED).await?;
    let packet_us = running.cost_us(pid, length, STREAMS).await?;
    clients.extend(running.end().await?);
    Ok(packet_us * PACKETS)
}

/// Packets a second of a call, both ways.
pub const PACKETS: f64 = 100.0;

async fn fill(running: &mut Running, clients: &mut Vec<Client>, switchboard: &Switchboard, calls: usize) -> Result<()> {
    while running.len() < calls {
        let client = clients.pop().ok_or("no session is left")?;
        running.begin(client, Some(switchboard.phone().await?)).await?;
    }
    Ok(())
}
