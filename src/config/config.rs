//! The whole configuration and where it is looked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::source::Source;
use super::{
    Admin, Database, Demo, Http, Invalid, Key, Limits, Log, Media, Metrics, Secrets, Session, Shutdown, SignIn, Sip,
    Turn,
};

/// What is read when no `--config` is given and it exists.
const DEFAULT_FILE: &str = "config.toml";

/// Everything an operator can set; see `config.toml` for what each key means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the section of its name and documented there")]
pub struct Config {
    pub http: Http,
    pub database: Database,
    pub admin: Admin,
    pub secrets: Secrets,
    pub sip: Sip,
    pub media: Media,
    pub session: Session,
    pub turn: Turn,
    pub demo: Demo,
    pub limits: Limits,
    pub metrics: Metrics,
    pub shutdown: Shutdown,
    pub log: Log,
}

impl Config {
    /// Reads `file`, or `./config.toml` if there is one, or nothing; the environment lies over it.
    ///
    /// Errors: the file cannot be read or is no TOML, or a key or value is wrong.
    pub fn load(file: Option<&Path>) -> Result<Config, Invalid> {
        let implied = PathBuf::from(DEFAULT_FILE);
        let file = file.or_else(|| implied.exists().then_some(implied.as_path()));
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Config::read(&mut Source::open(file, environment)?)
    }

    /// Reads the text of a configuration file that lies in `folder`, with `environment` over it.
    ///
    /// Errors: as [`Config::load`].
    pub fn parse(text: &str, folder: &Path, environment: BTreeMap<String, String>) -> Result<Config, Invalid> {
        Config::read(&mut Source::parse(text, Some("the configuration"), folder, environment)?)
    }

    /// Every key there is, in the order of reading.
    ///
    /// Errors: never for the defaults; they are read to learn the keys.
    pub fn keys() -> Result<Vec<Key>, Invalid> {
        let mut source = Source::parse("", None, Path::new(""), BTreeMap::new())?;
        Config::read(&mut source)?;
        Ok(source.keys())
    }

    fn read(source: &mut Source) -> Result<Config, Invalid> {
        let mut config = Config {
            http: Http::read(&mut source.section("http")?)?,
            database: Database::read(&mut source.section("database")?)?,
            admin: Admin::read(&mut source.section("admin")?)?,
            secrets: Secrets::read(&mut source.section("secrets")?)?,
            sip: Sip::read(&mut source.section("sip")?)?,
            media: Media::read(&mut source.section("media")?)?,
            session: Session::read(&mut source.section("session")?)?,
            turn: Turn::read(&mut source.section("turn")?)?,
            demo: Demo::read(&mut source.section("demo")?)?,
            limits: Limits::read(&mut source.section("limits")?)?,
            metrics: Metrics::read(&mut source.section("metrics")?)?,
            shutdown: Shutdown::read(&mut source.section("shutdown")?)?,
            log: Log::read(&mut source.section("log")?)?,
        };
        source.finish()?;
        if !config.http.trusted_proxies.is_empty() {
            config.behind_a_proxy();
        }
        Ok(config)
    }

    /// A proxy on this machine that adds no headers looks like this machine, so what is open
    /// to this machine by default is shut where there are proxies.
    fn behind_a_proxy(&mut self) {
        if self.demo.enabled == SignIn::Loopback {
            self.demo.enabled = SignIn::Nobody;
        }
        if self.metrics == Metrics::default() {
            self.metrics.allow.clear();
        }
    }
}

#[cfg(test)]
mod tests;
