//! What is measured, in which order, and against which goal.

use std::path::Path;
use std::time::Duration;

use crate::child::Server;
use crate::clients::{Ask, Client, Source};
use crate::meter::{Cpu, resident_kib};
use crate::options::Options;
use crate::pace::{Pace, cost_us};
use crate::provision::{self, Network};
use crate::table::Row;
use crate::{Result, calls, datagrams, gateway};

/// Sessions of the saturated and the routed row.
const FEW: usize = 50;
/// Sessions of the row at 2000/s, and of the memory row.
const MANY: usize = 2000;
/// Sessions opened for one figure of the opening rows.
const OPENED: usize = 400;
/// Time for what is freed to be given back.
const SETTLE: Duration = Duration::from_secs(2);

/// The figures of one server; absent where its row was not asked for.
#[derive(Default)]
struct Figures {
    opening_at_100_us: Option<f64>,
    opening_at_most_us: Option<f64>,
    idle_kib: Option<f64>,
    many_us: Option<f64>,
    routed_us: Option<f64>,
    saturated_us: Option<f64>,
    call_us: Option<f64>,
}

/// Every row, the engine and the bare echo one after the other.
///
/// Errors: a server does not start, closes a socket or refuses a session.
pub async fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    if options.wants_browsers() {
        rows.extend(browsers(options).await?);
    }
    if let Some(binary) = options.engine.as_ref().filter(|_| options.wants_phones()) {
        eprintln!("engine for phones");
        rows.extend(gateway::measure(&Server::engine(binary)?, options).await?);
    }
    Ok(rows)
}

async fn browsers(options: &Options) -> Result<Vec<Row>> {
    eprintln!("bare echo");
    let server = Server::bare()?;
    let call_us = match options.wants("calls") {
        true => Some(datagrams::cost_us(&server, calls::CALLS, options.length).await?),
        false => None,
    };
    let bare = Figures { call_us, ..of(Source::bare(&server), options).await? };
    let Some(binary) = &options.engine else { return Ok(rows(&bare, &Figures::default())) };
    Ok(rows(&bare, &engine(binary, options).await?))
}

async fn engine(binary: &Path, options: &Options) -> Result<Figures> {
    eprintln!("engine");
    let engine = Server::engine(binary)?;
    eprintln!("  provisioning {} sessions", options.sessions);
    let mut tokens = provision::sessions(&engine, Network::Webrtc, options.sessions + calls::CALLS).await?;
    let callers = tokens.split_off(options.sessions);
    let call_us = match options.wants("calls") {
        true => Some(calls::cost_us(&engine, callers, options.length).await?),
        false => None,
    };
    let figures = of(Source::engine(&engine, tokens), options).await?;
    Ok(Figures { call_us, ..figures })
}

/// From few clients to many: nothing that ends disturbs what is measured.
async fn of(mut source: Source<'_>, options: &Options) -> Result<Figures> {
    let mut figures = Figures::default();
    let mut clients = Vec::new();
    few(&mut source, &mut clients, &mut figures, options).await?;
    let (pid, most) = (source.server.pid(), options.sessions - OPENED);
    let many = MANY.min(most);
    source.fill(&mut clients, 100).await?;
    if options.wants("opening") {
        eprintln!("  opening");
        figures.opening_at_100_us = Some(opening_us(&mut source, &mut clients).await?);
    }
    if options.wants("memory") {
        eprintln!("  memory");
        figures.idle_kib = Some(idle_kib(&mut source, &mut clients, many).await?);
    }
    if options.wants("many") {
        source.fill(&mut clients, many).await?;
        figures.many_us = Some(cost_us(pid, &mut clients, Ask::Core, Pace::PerSecond(2000), options.length).await?);
    }
    if options.wants("opening") {
        source.fill(&mut clients, most).await?;
        figures.opening_at_most_us = Some(opening_us(&mut source, &mut clients).await?);
    }
    Ok(figures)
}

/// The rows of 50 sessions.
async fn few(
    source: &mut Source<'_>,
    clients: &mut Vec<Client>,
    figures: &mut Figures,
    options: &Options,
) -> Result<()> {
    let pid = source.server.pid();
    source.fill(clients, FEW).await?;
    connect(clients, source).await?;
    if options.wants("routed") {
        figures.routed_us = Some(cost_us(pid, clients, Ask::Routed, Pace::PerSecond(1000), options.length).await?);
    }
    if options.wants("saturated") {
        figures.saturated_us = Some(cost_us(pid, clients, Ask::Core, Pace::Saturated, options.length).await?);
    }
    Ok(())
}

/// CPU of opening one session: TCP, upgrade, `session.open`, `session.validated`.
async fn opening_us(source: &mut Source<'_>, clients: &mut Vec<Client>) -> Result<f64> {
    let before = Cpu::of(source.server.pid())?;
    source.fill(clients, clients.len() + OPENED).await?;
    Ok(Cpu::of(source.server.pid())?.since_us(&before) / OPENED as f64)
}

/// Memory of one more idle session with its account connected.
async fn idle_kib(source: &mut Source<'_>, clients: &mut Vec<Client>, many: usize) -> Result<f64> {
    let pid = source.server.pid();
    connect(clients, source).await?;
    tokio::time::sleep(SETTLE).await;
    let (before, already) = (resident_kib(pid)?, clients.len());
    source.fill(clients, many).await?;
    connect(clients.get_mut(already..).unwrap_or_default(), source).await?;
    tokio::time::sleep(SETTLE).await;
    Ok((resident_kib(pid)? - before) / (clients.len() - already).max(1) as f64)
}

async fn connect(clients: &mut [Client], source: &Source<'_>) -> Result<()> {
    if source.is_bare() {
        return Ok(());
    }
    for client in clients {
        client.round_trip(Ask::Routed).await?;
    }
    Ok(())
}

fn rows(bare: &Figures, engine: &Figures) -> Vec<Row> {
    let row = |item, unit, goal, figure: fn(&Figures) -> Option<f64>| Row {
        item,
        unit,
        engine: figure(engine),
        bare: figure(bare),
        goal,
    };
    vec![
        row("core round trip, saturated, 50 sessions", "us", 11.0, |f| f.saturated_us),
        row("core round trip, 2000 sessions at 2000/s", "us", 35.0, |f| f.many_us),
        row("routed round trip, 50 sessions at 1000/s", "us", 45.0, |f| f.routed_us),
        row("memory of an idle session with one account", "KiB", 20.0, |f| f.idle_kib),
        row("opening a session, 100 are open", "us", 250.0, |f| f.opening_at_100_us),
        row("opening a session, nearly 3000 are open", "us", 250.0, |f| f.opening_at_most_us),
        row("echo call, a returned packet, 55 calls", "us", 15.0, |f| f.call_us),
    ]
}
