//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use crate::Result;

pub const USAGE: &str = "load [--engine FILE] [--seconds N] [--rows NAME,…] [--sessions N] [--calls N]
  --engine FILE   the engine's release binary; default: rtc-engine beside this one; `none` meters the bare echo alone
  --seconds N     length of each measurement, default 5
  --sessions N    sessions open at the end, at least 1000, default 3000
  --calls N       calls with phones, one after the other, by 2000, at least 4000, default 10000
  --rows NAME,…   of opening, memory, many, routed, saturated, calls, relayed, transcoded, set-ups; default all
Exit code: 0 every goal met, 1 not, 2 it could not be measured.";

/// Names of `--rows`.
pub const ROWS: [&str; 9] =
    ["opening", "memory", "many", "routed", "saturated", "calls", "relayed", "transcoded", "set-ups"];
/// Those of phones, metered in an engine of their own.
const PHONES: [&str; 3] = ["relayed", "transcoded", "set-ups"];

pub struct Options {
    /// Be the bare echo server.
    pub bare: bool,
    /// `None`: the bare echo alone.
    pub engine: Option<PathBuf>,
    pub length: Duration,
    pub sessions: usize,
    /// With phones, one after the other.
    pub calls: usize,
    rows: Vec<String>,
}

impl Options {
    /// `None` asks for the usage.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Options>> {
        let mut options = Options {
            bare: false,
            engine: beside("rtc-engine"),
            length: Duration::from_secs(5),
            sessions: 3000,
            calls: 10_000,
            rows: ROWS.map(str::to_owned).to_vec(),
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "bare" => options.bare = true,
                "--engine" => options.engine = Some(value()?).filter(|file| file != "none").map(PathBuf::from),
                "--seconds" => options.length = Duration::from_secs(number(&value()?)?),
                "--sessions" => options.sessions = at_least(1000, &word, &value()?)?,
                "--calls" => options.calls = at_least(4000, &word, &value()?)?,
                "--rows" => options.rows = rows(&value()?)?,
                "--help" | "-h" => return Ok(None),
                other => return Err(format!("unknown word {other}; see --help")),
            }
        }
        Ok(Some(options))
    }

    pub fn wants_browsers(&self) -> bool {
        self.rows.iter().any(|name| !PHONES.contains(&name.as_str()))
    }

    pub fn wants_phones(&self) -> bool {
        PHONES.iter().any(|name| self.wants(name))
    }

    pub fn wants(&self, row: &str) -> bool {
        self.rows.iter().any(|name| name == row)
    }
}

fn beside(name: &str) -> Option<PathBuf> {
    std::env::current_exe().ok()?.parent().map(|folder| folder.join(name))
}

fn number(text: &str) -> Result<u64> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("a number above 0 expected, not {text}"))
}

fn at_least(least: usize, word: &str, text: &str) -> Result<usize> {
    let count = usize::try_from(number(text)?).map_err(|e| e.to_string())?;
    if count < least { Err(format!("{word} needs at least {least}")) } else { Ok(count) }
}

fn rows(list: &str) -> Result<Vec<String>> {
    let names: Vec<String> = list.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| !ROWS.contains(&name.as_str())) {
        Some(name) => Err(format!("unknown row {name}; known are {}", ROWS.join(", "))),
        None => Ok(names),
    }
}
