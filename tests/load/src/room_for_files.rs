//! Thousands of sockets need as many file descriptors.

use std::os::unix::process::CommandExt;
use std::process::Command;

const MARK: &str = "LOAD_HAS_ROOM";

/// Starts this program anew under the hard limit of RLIMIT_NOFILE, once; children
/// inherit it. Without a shell it goes on as it is.
pub fn raise() {
    if std::env::var_os(MARK).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" \"$@\""]).arg(program);
    let error = shell.args(std::env::args_os().skip(1)).env(MARK, "1").exec();
    eprintln!("load: the limit on open files stays as it is: {error}");
}
