//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

/// What `--help` prints.
pub const HELP: &str = "\
RTC:engine: browsers, phones and XMPP clients in one call model

Usage: rtc-engine [--config FILE] [--dev-certificate]

  --config FILE       the configuration; else ./config.toml if there is one, else the defaults
  --dev-certificate   serve TLS with a generated certificate, as http.tls_certificate = \"generate\" does
  --help              this text
  --version           the version
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Run the engine.
    Run {
        /// `--config`.
        config: Option<PathBuf>,
        /// `--dev-certificate`.
        development_certificate: bool,
    },
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

/// Reads the arguments after the program's name.
///
/// Errors: a sentence naming the argument that is unknown or has no value.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let (mut config, mut development_certificate) = (None, false);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--config") => match arguments.next() {
                Some(file) => config = Some(PathBuf::from(file)),
                None => return Err("--config needs the name of a file".into()),
            },
            Some("--dev-certificate") => development_certificate = true,
            Some("--help" | "-h") => return Ok(Command::Help),
            Some("--version" | "-V") => return Ok(Command::Version),
            _ => return Err(format!("unknown argument {argument:?}; see --help")),
        }
    }
    Ok(Command::Run { config, development_certificate })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn arguments_are_read() {
        assert_eq!(read(&[]), Ok(Command::Run { config: None, development_certificate: false }));
        assert_eq!(
            read(&["--config", "a.toml", "--dev-certificate"]),
            Ok(Command::Run { config: Some("a.toml".into()), development_certificate: true })
        );
        assert_eq!(read(&["--help"]), Ok(Command::Help));
        assert_eq!(read(&["-V"]), Ok(Command::Version));
    }

    #[test]
    fn bad_arguments_are_named() {
        assert!(read(&["--confg"]).unwrap_err().contains("--confg"));
        assert!(read(&["--config"]).unwrap_err().contains("--config"));
    }
}
