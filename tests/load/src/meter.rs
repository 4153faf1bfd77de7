//! What a process has used, from /proc.

use std::collections::BTreeMap;
use std::fs;

use crate::Result;

/// Run time of every thread of a process, in nanoseconds.
pub struct Cpu(BTreeMap<String, u64>);

impl Cpu {
    /// Reads /proc/PID/task/*/schedstat: exact where /proc/PID/stat counts in 10 ms.
    ///
    /// Errors: the process is gone, or the kernel keeps no such figures.
    pub fn of(pid: u32) -> Result<Cpu> {
        let folder = format!("/proc/{pid}/task");
        let tasks = fs::read_dir(&folder).map_err(|e| format!("{folder}: {e}"))?;
        let mut threads = BTreeMap::new();
        for task in tasks.flatten() {
            let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            let time = text.split(' ').next().and_then(|first| first.parse().ok());
            let time = time.ok_or("this kernel has no schedstat")?;
            threads.insert(task.file_name().to_string_lossy().into_owned(), time);
        }
        Ok(Cpu(threads))
    }

    /// Microseconds since `before`; what a thread that has ended since used last is lost.
    pub fn since_us(&self, before: &Cpu) -> f64 {
        let used = |(thread, time): (&String, &u64)| time.saturating_sub(*before.0.get(thread).unwrap_or(&0));
        self.0.iter().map(used).sum::<u64>() as f64 / 1e3
    }
}

/// Resident memory in KiB, from /proc/PID/smaps_rollup.
///
/// Errors: the process is gone.
pub fn resident_kib(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&file).map_err(|e| format!("{file}: {e}"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("Rss:"));
    let kib = line.and_then(|line| line.trim().split(' ').next()).and_then(|kib| kib.parse().ok());
    kib.ok_or_else(|| format!("{file} has no Rss"))
}
