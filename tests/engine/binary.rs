//! The binary as an operator starts it: exit codes, sentences, signals.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use crate::operation::Folder;
use crate::raw_http::get;

fn binary(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rtc-engine"));
    command.current_dir(&folder.0).env_remove("RUST_LOG").stdin(Stdio::null());
    command
}

fn output(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    binary(folder).args(arguments).envs(environment.iter().copied()).output().expect("the binary runs")
}

fn refused(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = output(folder, arguments, environment);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(sentence.lines().count(), 1, "one sentence: {sentence}");
    sentence
}

#[test]
fn help_and_version_are_printed() {
    let folder = Folder::new();
    let help = output(&folder, &["--help"], &[]);
    assert!(help.status.success() && String::from_utf8_lossy(&help.stdout).contains("--config FILE"));
    let version = output(&folder, &["--version"], &[]);
    assert_eq!(String::from_utf8_lossy(&version.stdout), format!("rtc-engine {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_bad_start_is_one_sentence_naming_the_key_and_exit_code_2() {
    let folder = Folder::new();
    let file = folder.0.join("config.toml");
    assert!(refused(&folder, &["--confg"], &[]).contains("--confg"));
    assert!(refused(&folder, &["--config", "none.toml"], &[]).contains("none.toml"));
    for (text, key) in [
        ("[http]\nlisten_on = 1", "`http.listen_on`"),
        ("[session]\nttl_s = 'long'", "`session.ttl_s`"),
        ("[session]\nttl_s = 1", "`session.ttl_s`"),
        ("[http]\ntls_certificate = 'none.pem'\ntls_key = 'none.pem'", "`http.tls_certificate`"),
        ("= 1", "line 1"),
        ("[http]\nlisten = ['nowhere:99999']", "not \"nowhere:99999\""),
        ("[secrets]\nkey_file = 'no-folder/secret.key'", "`secrets.key_file`"),
        ("[database]\nurl = 'sqlite:no-folder/a.sqlite'", "`database.url`"),
        ("[database]\nurl = 'postgres://host:port/name'", "`database.url`"),
        ("[media]\nrecordings = 'config.toml/calls'", "config.toml/calls"),
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(refused(&folder, &[], &[]).contains(key), "{text}");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(refused(&folder, &[], &[("RTC__HTTP__LISTEN", "here")]).contains("RTC__HTTP__LISTEN"));
    for (name, value) in [
        ("RTC__HTTP__LISTN", "here"),
        ("RTC__DATABASE__URL", "oracle://x"),
        ("RTC__SECRETS__KEY", "short"),
        ("RTC__TURN__URLS", "http:a"),
        ("RTC__LOG__FILTER", "info,a=loud"),
    ] {
        let sentence = refused(&folder, &[], &[(name, value)]);
        assert!(sentence.contains(name), "{sentence}");
    }
}

#[test]
fn a_database_that_is_away_is_named_without_its_password() {
    let folder = Folder::new();
    // Bound, so that nobody else listens there, and closed before it is asked.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["postgres", "mysql"] {
        let url = format!("{scheme}://rtc:hidden@{nobody}/rtc");
        let output = output(&folder, &[], &[("RTC__DATABASE__URL", &url), ("RTC__HTTP__LISTEN", "127.0.0.1:0")]);
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{sentence}");
        assert!(sentence.contains(&format!("the database at {nobody} cannot be reached")), "{sentence}");
        assert!(!sentence.contains("hidden"), "{sentence}");
    }
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[cfg(unix)]
fn it_logs_the_chosen_port_and_ends_with_0_on_sigterm() {
    let folder = Folder::new();
    let environment = [("RTC__HTTP__LISTEN", "127.0.0.1:0"), ("RTC__SHUTDOWN__DRAIN_S", "1")];
    let child = binary(&folder).envs(environment).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut child = Running(child);
    let mut log = BufReader::new(child.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let line = log.find(|line| line.contains("listening url=")).expect("it says where it listens");
    let address = line.split("url=http://").nth(1).unwrap().trim_end_matches('/').parse().unwrap();
    assert_eq!(get(address, "/healthz").status, 200);
    let mode =
        |file| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.0.join(file)).unwrap().permissions());
    assert_eq!((mode("rtc-engine.sqlite") & 0o777, mode("secret.key") & 0o777), (0o600, 0o600));
    let pid = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(log.any(|line| line.contains("stopping calls=0")), "the log says how many calls run");
    assert!(log.any(|line| line.contains("stopped")), "the log says that it stopped");
    assert_eq!(child.0.wait().unwrap().code(), Some(0));
    std::fs::remove_file(folder.0.join("secret.key")).unwrap();
    let sentence = refused(&folder, &[], &environment);
    assert!(sentence.contains("secret.key is missing"), "{sentence}");
    assert!(!folder.0.join("secret.key").exists(), "no new key is made");
}
