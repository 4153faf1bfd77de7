//! The master keys: parsed from text, kept in a file only its owner can read.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::KEY_BYTES;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not 32 bytes in base64.
    #[error("the key must be 32 bytes in base64, one key a line")]
    Malformed,
    /// Not one line.
    #[error("there is no key in it")]
    Empty,
    /// Group or others may read the file.
    #[error("{0} may be read by others: set its mode to 0600")]
    Exposed(PathBuf),
    /// The file cannot be read or made.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The crypto library refused.
    #[error("the crypto library cannot make keys")]
    Cipher,
}

/// The keys in `text`, one a line.
pub(super) fn parse(text: &str) -> Result<Vec<[u8; KEY_BYTES]>, KeyError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| BASE64_STANDARD.decode(line).ok().and_then(|key| key.try_into().ok()).ok_or(KeyError::Malformed))
        .collect()
}

/// Whether `text` holds keys: 32 bytes in base64, one a line.
pub fn is_key(text: &str) -> bool {
    parse(text).is_ok_and(|keys| !keys.is_empty())
}

/// The text of `file`; a first start makes it.
pub(super) fn read_or_make(file: &Path) -> Result<String, KeyError> {
    match read(file) {
        Err(KeyError::File(_, error)) if error.kind() == ErrorKind::NotFound => make(file),
        done => done,
    }
}

fn read(file: &Path) -> Result<String, KeyError> {
    let failed = |error| KeyError::File(file.to_owned(), error);
    let mut open = std::fs::File::open(file).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if open.metadata().map_err(failed)?.permissions().mode() & 0o077 != 0 {
            return Err(KeyError::Exposed(file.to_owned()));
        }
    }
    let mut text = String::new();
    open.read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn make(file: &Path) -> Result<String, KeyError> {
    let mut key = [0; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| KeyError::Cipher)?;
    let text = BASE64_STANDARD.encode(key) + "\n";
    match write(file, &text) {
        Ok(()) => Ok(text),
        // Another start was faster: its key is the one.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(KeyError::File(file.to_owned(), error)),
    }
}

/// Makes `file` with `text` in one step: nobody ever sees it without the key.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut draft = file.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&draft)?;
    let placed =
        open.write_all(text.as_bytes()).and_then(|()| open.sync_all()).and_then(|()| std::fs::hard_link(&draft, file));
    std::fs::remove_file(&draft)?;
    placed
}
