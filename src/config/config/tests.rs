use super::*;

use std::time::Duration;

use actors::directory::Secret;

use crate::config::{Certificate, SignIn};

fn parse(text: &str) -> Result<Config, Invalid> {
    Config::parse(text, Path::new("/etc/rtc"), BTreeMap::new())
}

fn with_environment(name: &str, value: &str) -> Result<Config, Invalid> {
    Config::parse("", Path::new(""), BTreeMap::from([(name.to_owned(), value.to_owned())]))
}

fn sentence(result: Result<Config, Invalid>) -> String {
    let sentence = result.expect_err("it must be refused").to_string();
    assert!(!sentence.contains('\n'), "one sentence: {sentence}");
    sentence
}

#[test]
fn an_empty_file_is_the_defaults() {
    let config = Config::parse("", Path::new(""), BTreeMap::new()).unwrap();
    assert_eq!(config, Config::default());
}

#[test]
fn values_reach_their_fields_with_their_units() {
    let config = parse("[session]\nresume_grace_ms = 1500\n[shutdown]\ndrain_s = 2").unwrap();
    assert_eq!(config.session.resume_grace, Duration::from_millis(1500));
    assert_eq!(config.shutdown.drain, Duration::from_secs(2));
}

#[test]
fn call_records_are_kept_for_some_days_or_for_ever() {
    let life = |text| parse(text).unwrap().database.call_record_life;
    assert_eq!(life(""), Some(Duration::from_secs(90 * 86_400)));
    assert_eq!(life("[database]\ncall_record_days = 1"), Some(Duration::from_secs(86_400)));
    assert_eq!(life("[database]\ncall_record_days = 0"), None);
}

#[test]
fn what_is_open_to_this_machine_by_default_is_shut_behind_a_proxy() {
    let proxied = |more: &str| parse(&format!("[http]\ntrusted_proxies = ['127.0.0.1']\n{more}")).unwrap();
    let config = proxied("");
    assert_eq!((config.demo.enabled, config.metrics.allow), (SignIn::Nobody, vec![]));
    let config = proxied("[demo]\nenabled = true\n[metrics]\nallow = ['127.0.0.1']");
    assert_eq!((config.demo.enabled, config.metrics.allow.len()), (SignIn::Everyone, 1));
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let config = parse("[http]\ntls_certificate = 'a.pem'\ntls_key = '/k.pem'").unwrap();
    let files = Certificate::Files { certificate: "/etc/rtc/a.pem".into(), key: "/k.pem".into() };
    assert_eq!(config.http.certificate, Some(files));
    assert_eq!(config.secrets.key_file, Path::new("/etc/rtc/secret.key"));
}

#[test]
fn the_environment_lies_over_the_file() {
    let environment = BTreeMap::from([
        ("RTC__HTTP__LISTEN".to_owned(), "127.0.0.1:1, [::1]:2".to_owned()),
        ("RTC__DEMO__ENABLED".to_owned(), "false".to_owned()),
        ("RTC__SESSION__TTL_S".to_owned(), "60".to_owned()),
        ("PATH".to_owned(), "/bin".to_owned()),
    ]);
    let config = Config::parse("[http]\nlisten = '1.2.3.4:5'", Path::new(""), environment).unwrap();
    assert_eq!(config.http.listen, ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()]);
    assert_eq!(config.demo.enabled, SignIn::Nobody);
    assert_eq!(config.session.ttl, Duration::from_secs(60));
}

#[test]
fn an_unknown_key_is_named() {
    assert!(sentence(parse("[http]\nlisten_on = 1")).contains("there is no key `http.listen_on`"));
    assert!(sentence(parse("[htpp]\n")).contains("there is no section `htpp`"));
    assert!(sentence(parse("http = 1")).contains("`http` must be a section"));
    assert!(sentence(with_environment("RTC__HTTP__LISTN", "x")).contains("RTC__HTTP__LISTN"));
}

#[test]
fn a_wrong_type_is_named_with_what_was_expected() {
    let text = sentence(parse("[session]\nttl_s = \"long\""));
    assert!(text.contains("`session.ttl_s` must be a whole number from 60 to 31536000, not \"long\""), "{text}");
    assert!(sentence(parse("[http]\nlisten = 8080")).contains("`http.listen` must be a list"));
    assert!(sentence(parse("[demo]\nenabled = 1")).contains("`demo.enabled` must be true, false or"));
    assert!(sentence(parse("[media]\nannounce = ['here']")).contains("`media.announce`"));
}

#[test]
fn a_wrong_value_is_named() {
    for (text, key) in [
        ("[session]\nttl_s = 1", "`session.ttl_s`"),
        ("[session]\nttl_s = -1", "`session.ttl_s`"),
        ("[http]\nlisten = 'localhost'", "`http.listen`"),
        ("[http]\nlisten = []", "`http.listen`"),
        ("[http]\ntls_certificate = 'a.pem'", "`http.tls_key`"),
        ("[http]\ntls_key = 'a.pem'", "`http.tls_certificate`"),
        ("[database]\nurl = 'oracle://x'", "`database.url`"),
        ("[database]\ncall_record_days = 40000", "`database.call_record_days`"),
        ("[admin]\nemail = 'nobody'", "`admin.email`"),
        ("[sip]\nlisten = ['sctp:127.0.0.1:5060']", "`sip.listen`"),
        ("[sip]\ndestinations = ['pbx.example']", "`sip.destinations`"),
        ("[media]\nrtp_ports = '30001-30002'", "`media.rtp_ports`"),
        ("[media]\nrtp_ports = '30000'", "`media.rtp_ports`"),
        ("[turn]\nurls = ['turn:a']", "`turn.secret`"),
        ("[turn]\nurls = ['http:a']", "`turn.urls`"),
        ("[secrets]\nkey_file = ''", "`secrets.key_file`"),
        ("[secrets]\nkey = 'short'", "`secrets.key`"),
        ("[metrics]\nallow = ['10.0.0.0/99']", "`metrics.allow`"),
        ("[log]\nfilter = 'info,a=loud'", "`log.filter`"),
        ("[log]\nfilter = 'verbose'", "`log.filter`"),
    ] {
        let sentence = sentence(parse(text));
        assert!(sentence.contains(key), "{text} gave: {sentence}");
    }
}

#[test]
fn a_wrong_value_of_the_environment_is_blamed_on_its_variable() {
    let file = "[turn]\nsecret = 's'";
    for (name, value) in [
        ("RTC__DATABASE__URL", "oracle://x"),
        ("RTC__TURN__URLS", "http:a"),
        ("RTC__LOG__FILTER", "info,a=loud"),
        ("RTC__SESSION__TTL_S", "1"),
        ("RTC__SECRETS__KEY", "short"),
    ] {
        let environment = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        for text in ["", file] {
            let text = sentence(Config::parse(text, Path::new(""), environment.clone()));
            assert!(text.starts_with(&format!("{name}: `")), "{name}: {text}");
        }
    }
    let mut nothing =
        Source::parse("", None, Path::new(""), BTreeMap::from([("RTC__TURN__URLS".into(), "turn:a".into())]));
    let text = sentence(nothing.as_mut().map_err(|error| error.clone()).and_then(Config::read));
    assert!(text.starts_with("RTC__TURN__SECRET: `turn.secret`"), "no file to blame: {text}");
}

#[test]
fn the_wrong_entry_of_a_list_is_named() {
    let text = sentence(parse("[http]\nlisten = ['127.0.0.1:1', 'nowhere:99999']"));
    assert!(text.ends_with("not \"nowhere:99999\""), "{text}");
    let text = sentence(with_environment("RTC__METRICS__ALLOW", "10.0.0.0/8, 10.0.0.0/99"));
    assert!(text.ends_with("not \"10.0.0.0/99\""), "{text}");
}

#[test]
fn broken_toml_says_the_line() {
    let text = sentence(parse("[http]\nlisten = = 1"));
    assert!(text.contains("line 2"), "{text}");
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::load(Some(Path::new("/nowhere/rtc.toml"))).expect_err("there is none").to_string();
    assert!(error.contains("/nowhere/rtc.toml"), "{error}");
}

#[test]
fn secrets_are_in_no_error_and_no_debug_output() {
    assert!(!sentence(with_environment("RTC__DATABASE__URL", "oracle://hidden")).contains("hidden"));
    assert!(!sentence(parse("[admin]\npassword = ['hidden']")).contains("hidden"));
    let config = parse("[admin]\npassword = 'hidden'\n[turn]\nsecret = 'hidden'").unwrap();
    assert_eq!(config.admin.password, Some(Secret::new("hidden")));
    assert!(!format!("{config:?}").contains("hidden"));
}

#[test]
fn the_file_in_the_repository_holds_the_defaults() {
    let text = include_str!("../../../config.toml");
    assert_eq!(Config::parse(text, Path::new(""), BTreeMap::new()), Ok(Config::default()));
}
