//! Round trips of many clients at a rate, or as fast as the server answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::Result;
use crate::clients::{Ask, Client};
use crate::meter::Cpu;

/// Time before the measurement, for pools and caches.
const WARM_UP: Duration = Duration::from_secs(1);

#[derive(Clone, Copy)]
pub enum Pace {
    /// Each client asks again as soon as it was answered.
    Saturated,
    /// Round trips a second of all clients together, evenly spread.
    PerSecond(u32),
}

#[derive(Default)]
struct Shared {
    answered: AtomicU64,
    stop: AtomicBool,
}

/// CPU microseconds of process `pid` a round trip, over `length`.
///
/// Errors: a client is closed, or the rate is not reached.
pub async fn cost_us(pid: u32, clients: &mut Vec<Client>, ask: Ask, pace: Pace, length: Duration) -> Result<f64> {
    let shared = Arc::new(Shared::default());
    let tasks = spawn(clients, ask, pace, &shared);
    tokio::time::sleep(WARM_UP).await;
    let (cpu, answered, start) = (Cpu::of(pid)?, shared.answered.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(length).await;
    let used_us = Cpu::of(pid)?.since_us(&cpu);
    let answered = shared.answered.load(Ordering::Relaxed) - answered;
    let seconds = start.elapsed().as_secs_f64();
    shared.stop.store(true, Ordering::Relaxed);
    for task in tasks {
        clients.push(task.await.map_err(|e| e.to_string())??);
    }
    let rate = answered as f64 / seconds;
    eprintln!("    {rate:.0} round trips/s by {} clients", clients.len());
    match pace {
        Pace::PerSecond(wanted) if rate < f64::from(wanted) * 0.9 => {
            Err(format!("{rate:.0} round trips/s instead of {wanted}: this machine is too busy"))
        }
        Pace::Saturated | Pace::PerSecond(_) => Ok(used_us / answered.max(1) as f64),
    }
}

fn spawn(clients: &mut Vec<Client>, ask: Ask, pace: Pace, shared: &Arc<Shared>) -> Vec<JoinHandle<Result<Client>>> {
    let count = clients.len() as u32;
    let period = match pace {
        Pace::Saturated => Duration::ZERO,
        Pace::PerSecond(rate) => Duration::from_secs(count.into()) / rate,
    };
    let start = Instant::now();
    let first = |index: usize| start + period * index as u32 / count;
    let task = |(index, client)| tokio::spawn(ask_again(client, ask, first(index), period, shared.clone()));
    clients.drain(..).enumerate().map(task).collect()
}

async fn ask_again(
    mut client: Client,
    ask: Ask,
    mut next: Instant,
    period: Duration,
    shared: Arc<Shared>,
) -> Result<Client> {
    let (frame, answer) = (client.frame(ask), client.answer(ask));
    while !shared.stop.load(Ordering::Relaxed) {
        if !period.is_zero() {
            listen_until(&mut client, next).await?;
            next += period;
        }
        client.socket.send(&frame).await?;
        client.socket.next_with(answer).await?;
        shared.answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(client)
}

/// Pings must be answered while there is nothing to ask.
async fn listen_until(client: &mut Client, until: Instant) -> Result<()> {
    let sleep = tokio::time::sleep_until(until.into());
    tokio::pin!(sleep);
    loop {
        tokio::select! {
            () = &mut sleep => return Ok(()),
            frame = client.socket.next() => drop(frame?),
        }
    }
}
