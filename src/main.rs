//! The binary: command line, configuration, signals. Exit codes: 0 ended as asked,
//! 1 the machine does not let it start, 2 the command line or the configuration is wrong.

use std::path::PathBuf;
use std::process::ExitCode;

use rtc_engine::args::{self, Command};
use rtc_engine::config::Certificate;
use rtc_engine::{Config, Engine, log, shutdown};

#[expect(clippy::print_stdout, reason = "what was asked for on the command line goes to standard output")]
fn main() -> ExitCode {
    match args::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => print!("{}", args::HELP),
        Ok(Command::Version) => println!("rtc-engine {}", env!("CARGO_PKG_VERSION")),
        Ok(Command::Run { config, development_certificate }) => return run(config, development_certificate),
        Err(sentence) => return fail(2, &sentence),
    }
    ExitCode::SUCCESS
}

fn run(file: Option<PathBuf>, development_certificate: bool) -> ExitCode {
    let mut config = match Config::load(file.as_deref()) {
        Ok(config) => config,
        Err(invalid) => return fail(2, &invalid.to_string()),
    };
    if development_certificate {
        let folder = file.as_deref().and_then(|file| file.parent()).unwrap_or("".as_ref()).to_owned();
        config.http.certificate = Some(Certificate::Generated { folder });
    }
    log::init(&config.log);
    let signals = match tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build() {
        Ok(signals) => signals,
        Err(error) => return fail(1, &format!("cannot start: {error}")),
    };
    let engine = match Engine::start(config) {
        Ok(engine) => engine,
        Err(error) => return fail(if error.is_config() { 2 } else { 1 }, &error.to_string()),
    };
    match signals.block_on(shutdown::signal()) {
        Ok(signal) => ::log::info!(signal = signal; "asked to stop"),
        Err(error) => return fail(1, &format!("cannot wait for signals: {error}")),
    }
    engine.stop();
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "the log may not be there yet, and its filter must not hide this")]
fn fail(code: u8, sentence: &str) -> ExitCode {
    eprintln!("rtc-engine: {sentence}");
    ExitCode::from(code)
}
