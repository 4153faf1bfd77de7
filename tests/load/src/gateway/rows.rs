//! The rows of the gateway, in their order, and their goals.

use std::sync::Arc;
use std::time::Duration;

use super::in_a_row::{PARALLEL, SETTLE, Series, series};
use super::relayed::{FEW, MANY, PACKETS, Relayed, STREAMS, relayed, transcoded_us};
use super::switchboard::Switchboard;
use crate::child::Server;
use crate::clients::{Client, Source};
use crate::options::Options;
use crate::provision::{self, Network};
use crate::table::Row;
use crate::{Result, datagrams};

/// Calls before memory is looked at, again and again: an allocator keeps the room of the most that there was at a time,
/// and SIP remembers each call for half a minute.
const PORTION: usize = 2000;

/// Meters an engine that nothing else was asked of.
///
/// Errors: a call fails, packets are lost.
pub async fn measure(engine: &Server, options: &Options) -> Result<Vec<Row>> {
    let switchboard = Arc::new(Switchboard::open().await?);
    let mut clients = clients(engine).await?;
    let pid = engine.pid();
    let mut rows = Vec::new();
    eprintln!("  calls between browsers and phones");
    // Threads, pools and caches are there before anything is measured.
    series(pid, &mut clients, &switchboard, PARALLEL * 4, Duration::ZERO).await?;
    if options.wants("relayed") {
        let bare = bare(options).await?;
        rows.extend(of_relayed(&relayed(pid, &mut clients, &switchboard, options.length).await?, bare));
    }
    if options.wants("transcoded") {
        let call_us = transcoded_us(pid, &mut clients, &switchboard, options.length).await?;
        rows.push(row("a second of a call between Opus and PCMU (250 a core)", "us", 4000.0, call_us));
    }
    if options.wants("set-ups") {
        let first = series(pid, &mut clients, &switchboard, PORTION, SETTLE).await?;
        let mut last = series(pid, &mut clients, &switchboard, PORTION, SETTLE).await?;
        for _ in 2..options.calls / PORTION {
            last = series(pid, &mut clients, &switchboard, PORTION, SETTLE).await?;
        }
        rows.extend(of_series(&first, &last));
    }
    Ok(rows)
}

/// CPU of the bare echo a datagram, in microseconds, at the rates of the relayed calls.
async fn bare(options: &Options) -> Result<[f64; 2]> {
    let server = Server::bare()?;
    let few = datagrams::cost_us(&server, FEW * STREAMS, options.length).await?;
    Ok([few, datagrams::cost_us(&server, MANY * STREAMS, options.length).await?])
}

async fn clients(engine: &Server) -> Result<Vec<Client>> {
    let mut source = Source::engine(engine, provision::sessions(engine, Network::Phones, MANY).await?);
    let mut clients = Vec::new();
    source.fill(&mut clients, MANY).await?;
    for client in &mut clients {
        client.connect().await?;
    }
    Ok(clients)
}

fn row(item: &'static str, unit: &'static str, goal: f64, engine: f64) -> Row {
    Row { item, unit, engine: Some(engine), bare: None, goal }
}

fn of_relayed(relayed: &Relayed, [few, many]: [f64; 2]) -> Vec<Row> {
    let beside = |bare, row| Row { bare: Some(bare), ..row };
    vec![
        beside(few, row("gateway call, a relayed packet, 55 calls", "us", 12.0, relayed.few_us)),
        beside(many, row("gateway call, a relayed packet, 165 calls", "us", 9.0, relayed.many_us)),
        row("a second of a relayed call (1000 a core)", "us", 1000.0, relayed.many_us * PACKETS),
        row("memory of a gateway call, 165 calls", "KiB", 150.0, relayed.call_kib),
    ]
}

fn of_series(first: &Series, last: &Series) -> Vec<Row> {
    vec![
        row("gateway call, from call.start to call.ack.end", "us", 2500.0, last.call_us),
        row("its time, 16 at once (200 a second)", "us", 5000.0, last.wall_us),
        row("from call.start to call.accept, 16 at once, median", "ms", 20.0, last.answer_ms),
        row(
            "memory that calls leave behind, after the first 2000",
            "KiB",
            1024.0,
            last.resident_kib - first.resident_kib,
        ),
    ]
}
