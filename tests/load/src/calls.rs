//! Calls that speak: each has a virtual browser, and a virtual phone where the engine is to reach one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use media::Certificate;
use media::client::Codec;
use tokio::task::JoinHandle;

use crate::Result;
use crate::browser::{Browser, Speech};
use crate::child::Server;
use crate::clients::{Client, Source};
use crate::gateway::{Dialled, Phone};
use crate::meter::Cpu;

/// Calls to the echo at a time, as in the published figures of other servers.
pub const CALLS: usize = 55;
/// One packet.
pub const FRAME: Duration = Duration::from_millis(20);
/// Time for ICE and DTLS.
const SET_UP: Duration = Duration::from_secs(5);

/// What is said again and again, a frame a packet.
pub struct Sound {
    /// Of the RTP clock, a frame.
    pub ticks: u32,
    pub frames: Vec<Vec<u8>>,
}

impl Sound {
    /// 160 bytes that nobody decodes.
    pub fn opaque(ticks: u32) -> Sound {
        Sound { ticks, frames: vec![vec![0x55; 160]] }
    }

    fn frame(&self, number: usize) -> &[u8] {
        self.frames.get(number % self.frames.len().max(1)).map_or(&[], Vec::as_slice)
    }
}

/// What all calls of a row say.
pub struct Script {
    pub certificate: Certificate,
    pub speech: Speech,
    pub browser: Sound,
    pub phone: Sound,
}

#[derive(Default)]
struct Shared {
    heard: AtomicU64,
    stop: AtomicBool,
}

/// Calls that run, each in a task.
pub struct Running {
    shared: Arc<Shared>,
    script: Arc<Script>,
    tasks: Vec<JoinHandle<Result<Client>>>,
}

/// CPU microseconds of the engine a packet it returned.
///
/// Errors: a call is refused, or most packets are lost.
pub async fn cost_us(engine: &Server, tokens: Vec<String>, length: Duration) -> Result<f64> {
    eprintln!("  echo calls");
    let mut source = Source::engine(engine, tokens);
    let mut running = Running::new(Script {
        certificate: Certificate::generate().map_err(|e| e.to_string())?,
        speech: Speech::Any(Codec::Opus),
        browser: Sound::opaque(960),
        phone: Sound::opaque(0),
    });
    for _ in 0..CALLS {
        running.begin(source.open().await?, None).await?;
    }
    let cost = running.cost_us(engine.pid(), length, 1).await?;
    running.end().await?;
    Ok(cost)
}

impl Running {
    pub fn new(script: Script) -> Running {
        Running { shared: Arc::default(), script: Arc::new(script), tasks: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.tasks.len()
    }

    /// One more call, to a phone or else to the echo; it is answered.
    ///
    /// Errors: it is not.
    pub async fn begin(&mut self, client: Client, phone: Option<Dialled>) -> Result<()> {
        let (mut browser, offer) = Browser::new(client, &self.script.certificate, self.script.speech).await?;
        let target = phone.as_ref().map_or("echo", |phone| phone.target.as_str()).to_owned();
        browser.call(&target, &offer).await?;
        let phone = match phone {
            Some(dialled) => Some(dialled.connected().await?),
            None => None,
        };
        let call = Call { browser, phone, script: self.script.clone(), shared: self.shared.clone() };
        self.tasks.push(tokio::spawn(call.run()));
        Ok(())
    }

    /// CPU microseconds of process `pid` a packet that came back or through, of `streams` a call.
    ///
    /// Errors: as [`cost_of`], for one when a call has ended.
    pub async fn cost_us(&self, pid: u32, length: Duration, streams: usize) -> Result<f64> {
        cost_of(pid, &self.shared.heard, self.tasks.len() * streams, length).await
    }

    /// Hangs all up. Gives their clients back.
    ///
    /// Errors: a call ended before.
    pub async fn end(self) -> Result<Vec<Client>> {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut clients = Vec::with_capacity(self.tasks.len());
        for task in self.tasks {
            clients.push(task.await.map_err(|e| e.to_string())??);
        }
        Ok(clients)
    }
}

/// CPU microseconds of process `pid` a packet that is counted, of `streams` with one every 20 ms.
///
/// Errors: other than those come: some are lost, or this machine is too busy.
pub async fn cost_of(pid: u32, counted: &AtomicU64, streams: usize, length: Duration) -> Result<f64> {
    tokio::time::sleep(SET_UP).await;
    let (cpu, before, start) = (Cpu::of(pid)?, counted.load(Ordering::Relaxed), Instant::now());
    tokio::time::sleep(length).await;
    let used_us = Cpu::of(pid)?.since_us(&cpu);
    let came = (counted.load(Ordering::Relaxed) - before) as f64;
    let expected = streams as f64 * start.elapsed().as_secs_f64() / FRAME.as_secs_f64();
    eprintln!("    {came} packets of {expected:.0} came, {streams} streams");
    if (came - expected).abs() > expected * 0.03 {
        return Err(format!(
            "{came} packets came instead of {expected:.0}: some are lost, or this machine is too busy"
        ));
    }
    Ok(used_us / came)
}

struct Call {
    browser: Browser,
    phone: Option<Phone>,
    script: Arc<Script>,
    shared: Arc<Shared>,
}

impl Call {
    /// Speaks on both sides every 20 ms, in turns, and counts what comes, until told to stop.
    async fn run(mut self) -> Result<Client> {
        let mut next = Instant::now() + FRAME;
        let mut half = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            let heard = tokio::select! {
                biased;
                heard = self.browser.turn() => heard?,
                heard = hear(self.phone.as_mut()) => heard?,
                () = tokio::time::sleep_until(next.into()) => {
                    next += FRAME / 2;
                    half += 1;
                    self.speak(half)?
                }
            };
            self.shared.heard.fetch_add(heard, Ordering::Relaxed);
        }
        self.browser.end().await
    }

    fn speak(&mut self, half: usize) -> Result<u64> {
        let Script { browser, phone, .. } = &*self.script;
        if half.is_multiple_of(2) {
            return self.browser.speak(browser.ticks, browser.frame(half / 2));
        }
        let spoken = self.phone.as_mut().map(|end| end.speak(phone.ticks, phone.frame(half / 2)));
        spoken.unwrap_or(Ok(())).map(|()| 0)
    }
}

async fn hear(phone: Option<&mut Phone>) -> Result<u64> {
    match phone {
        Some(phone) => phone.turn().await,
        None => std::future::pending().await,
    }
}
