//! What calls cost to begin and to end, and what they leave behind: thousands of them, one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use media::Certificate;
use media::client::Codec;
use tokio::task::JoinHandle;

use super::switchboard::Switchboard;
use crate::Result;
use crate::browser::{Browser, Speech};
use crate::clients::Client;
use crate::meter::{Cpu, resident_kib};

/// Calls at a time.
pub const PARALLEL: usize = 16;
/// Until an accepted INVITE is forgotten (64 T1, RFC 6026), and a little.
pub const SETTLE: Duration = Duration::from_secs(36);

/// What a series of calls took.
pub struct Series {
    /// CPU of the engine a call.
    pub call_us: f64,
    /// Time a call, which is that of the slower of the engine and this tool.
    pub wall_us: f64,
    /// From `call.start` to `call.accept`, half of the calls faster.
    pub answer_ms: f64,
    /// Resident memory of the engine after it.
    pub resident_kib: f64,
}

struct Shared {
    switchboard: Arc<Switchboard>,
    certificate: Certificate,
    left: AtomicUsize,
    answers: Mutex<Vec<Duration>>,
}

/// Makes `calls` calls, [`PARALLEL`] at a time: each is answered, connects and ends. Takes and gives back clients.
/// CPU and memory are those after `settle`.
///
/// Errors: a call fails.
pub async fn series(
    pid: u32,
    clients: &mut Vec<Client>,
    switchboard: &Arc<Switchboard>,
    calls: usize,
    settle: Duration,
) -> Result<Series> {
    let shared = Arc::new(Shared {
        switchboard: switchboard.clone(),
        certificate: Certificate::generate().map_err(|e| e.to_string())?,
        left: AtomicUsize::new(calls),
        answers: Mutex::default(),
    });
    let (cpu, start) = (Cpu::of(pid)?, Instant::now());
    let callers = clients.drain(..PARALLEL.min(clients.len()));
    let callers = callers.map(|client| tokio::spawn(call_again(client, shared.clone())));
    let callers: Vec<JoinHandle<Result<Client>>> = callers.collect();
    for caller in callers {
        clients.push(caller.await.map_err(|e| e.to_string())??);
    }
    let wall = start.elapsed();
    tokio::time::sleep(settle).await;
    let call_us = Cpu::of(pid)?.since_us(&cpu) / calls as f64;
    let mut answers = std::mem::take(&mut *shared.answers.lock().unwrap_or_else(PoisonError::into_inner));
    answers.sort();
    let median = answers.get(answers.len() / 2).copied().unwrap_or_default();
    let wall_us = wall.as_secs_f64() * 1e6 / calls as f64;
    eprintln!("    {calls} calls, {:.0} a second", 1e6 / wall_us);
    Ok(Series { call_us, wall_us, answer_ms: median.as_secs_f64() * 1e3, resident_kib: resident_kib(pid)? })
}

async fn call_again(mut client: Client, shared: Arc<Shared>) -> Result<Client> {
    let next = |left: usize| left.checked_sub(1);
    while shared.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
        let phone = shared.switchboard.phone().await?;
        let (mut browser, offer) = Browser::new(client, &shared.certificate, Speech::Any(Codec::PCMU)).await?;
        let answered = browser.call(&phone.target, &offer).await?;
        shared.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answered);
        while !browser.is_connected() {
            browser.turn().await?;
        }
        client = browser.end().await?;
    }
    Ok(client)
}
