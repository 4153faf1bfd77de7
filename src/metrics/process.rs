//! The process as the system sees it, from `/proc/self`; nothing where there is none.

use std::fmt::Error;
use std::fs;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::sample::{counter, gauge};

/// Ticks a second in `/proc/self/stat`: a constant of Linux towards programs (proc(5)).
const TICKS_PER_S: f64 = 100.0;

/// Collects at each scrape.
#[derive(Debug)]
pub(super) struct Process {
    started: Instant,
}

impl Process {
    pub fn starting_now() -> Process {
        Process { started: Instant::now() }
    }
}

impl Collector for Process {
    fn encode(&self, mut out: DescriptorEncoder<'_>) -> Result<(), Error> {
        gauge(
            &mut out,
            "process_uptime",
            "Time since the start",
            Some(Unit::Seconds),
            self.started.elapsed().as_secs_f64(),
        )?;
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        if let Some(kib) = field(&status, "VmRSS:") {
            gauge(&mut out, "process_resident_memory", "Resident memory", Some(Unit::Bytes), kib * 1024)?;
        }
        if let Some(threads) = field(&status, "Threads:") {
            gauge(&mut out, "process_threads", "Threads", None, threads)?;
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            gauge(&mut out, "process_open_fds", "Open descriptors", None, open.count() as u64)?;
        }
        match fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(cpu_ticks) {
            Some(ticks) => counter(&mut out, "process_cpu", "Processor time", Some(Unit::Seconds), ticks / TICKS_PER_S),
            None => Ok(()),
        }
    }
}

/// The first number after `name` at the start of a line.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// User and system time of `/proc/self/stat`; the name before them may hold blanks, so it is skipped by its bracket.
fn cpu_ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11).map(str::parse::<f64>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_what_the_system_writes() {
        assert_eq!(field("Name:\tx\nVmRSS:\t  1234 kB\nThreads:\t7\n", "VmRSS:"), Some(1234));
        assert_eq!(field("Threads:\t7\n", "VmRSS:"), None);
        assert_eq!(cpu_ticks("1 (a b) c) S 0 1 1 0 -1 4 9 0 0 0 150 50 0 0"), Some(200.0));
        assert_eq!(cpu_ticks("nothing"), None);
    }
}
