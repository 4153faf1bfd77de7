//! The load tool: meters the engine's process under many virtual clients, beside a
//! bare WebSocket and UDP echo on the same stack in the same run, and prints the rows of the
//! performance goals with what was met.
//!
//! ```text
//! cargo build --release -p rtc-engine -p load && target/release/load
//! ```
//!
//! CPU is that of the metered process alone (its threads' run time), so a busy
//! machine makes the figures worse but not wild; compare only at the same rate.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

mod bare;
mod browser;
mod calls;
mod child;
mod clients;
mod datagrams;
mod gateway;
mod http;
mod meter;
mod options;
mod pace;
mod provision;
mod room_for_files;
mod rows;
mod socket;
mod table;

use std::process::ExitCode;

use options::{Options, USAGE};

/// What goes wrong here ends the run with one sentence.
type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(sentence) => return fail(&sentence),
    };
    if options.bare {
        return bare::serve().map_or_else(|error| fail(&error.to_string()), |()| ExitCode::SUCCESS);
    }
    room_for_files::raise();
    match run(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(sentence) => fail(&sentence),
    }
}

/// Whether every goal that was measured is met.
fn run(options: &Options) -> Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let rows = runtime.block_on(rows::measure(options))?;
    print!("{}", table::print(&rows));
    Ok(rows.iter().all(|row| row.met()))
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("load: {sentence}");
    ExitCode::from(2)
}
