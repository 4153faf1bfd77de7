//! Where values come from: the file's tables with the environment over them.
//!
//! What nobody took by the end is an unknown key.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::{Table, Value as Toml};

use super::value::{Value, shown};

const PREFIX: &str = "RTC__";
/// What an error calls the text of a configuration that is no file.
const NO_FILE: &str = "the configuration";

/// Why the configuration is refused; one sentence that names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Invalid(String);

impl Invalid {
    pub(super) fn new(sentence: String) -> Invalid {
        Invalid(sentence)
    }
}

/// A key of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The table it stands in.
    pub section: &'static str,
    /// Its name there.
    pub name: &'static str,
}

impl Key {
    /// The environment variable that lies over it.
    pub fn environment(&self) -> String {
        format!("{PREFIX}{}__{}", self.section, self.name).to_uppercase()
    }
}

/// One configuration being read.
pub(super) struct Source {
    /// The file's; none: there is no file.
    name: Option<String>,
    folder: PathBuf,
    tables: Table,
    environment: BTreeMap<String, String>,
    taken: Vec<Key>,
}

impl Source {
    pub fn open(file: Option<&Path>, environment: BTreeMap<String, String>) -> Result<Source, Invalid> {
        let Some(file) = file else { return Source::parse("", None, Path::new(""), environment) };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Invalid::new(format!("cannot read the configuration {name}: {error}")))?;
        Source::parse(&text, Some(&name), file.parent().unwrap_or(Path::new("")), environment)
    }

    pub fn parse(
        text: &str,
        name: Option<&str>,
        folder: &Path,
        environment: BTreeMap<String, String>,
    ) -> Result<Source, Invalid> {
        let tables = text.parse::<Table>().map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let name = name.unwrap_or(NO_FILE);
            Invalid::new(format!("{name} line {line} is no TOML: {}", error.message().replace('\n', " ")))
        })?;
        let environment = environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        Ok(Source { name: name.map(str::to_owned), folder: folder.to_owned(), tables, environment, taken: Vec::new() })
    }

    /// The section `name`, empty if it is not there.
    pub fn section(&mut self, name: &'static str) -> Result<Section<'_>, Invalid> {
        let table = match self.tables.remove(name) {
            None => Table::new(),
            Some(Toml::Table(table)) => table,
            Some(other) => {
                let sentence = format!("{}: `{name}` must be a section [{name}], not {}", self.name(), shown(&other));
                return Err(Invalid::new(sentence));
            }
        };
        Ok(Section { source: self, name, table, from_environment: Vec::new() })
    }

    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(NO_FILE)
    }

    /// Refuses what no section took.
    pub fn finish(&self) -> Result<(), Invalid> {
        if let Some(name) = self.tables.keys().next() {
            return Err(Invalid::new(format!("{}: there is no section `{}`", self.name(), name.escape_debug())));
        }
        if let Some(name) = self.environment.keys().next() {
            return Err(Invalid::new(format!("environment: there is no key for {}", name.escape_debug())));
        }
        Ok(())
    }

    pub fn keys(self) -> Vec<Key> {
        self.taken
    }
}

/// One table of the configuration. Dropping it without [`Section::finish`] would
/// accept unknown keys, so every section ends with it.
pub(super) struct Section<'a> {
    source: &'a mut Source,
    name: &'static str,
    table: Table,
    /// The keys that a variable has set.
    from_environment: Vec<&'static str>,
}

impl Section<'_> {
    /// The value of `key`, or `default` where nothing sets it.
    pub fn get<T: Value>(&mut self, key: &'static str, default: T) -> Result<T, Invalid> {
        Ok(self.take(key, &T::expected())?.unwrap_or(default))
    }

    /// A path, relative to the folder of the file.
    pub fn path(&mut self, key: &'static str, default: &str) -> Result<PathBuf, Invalid> {
        let path = self.get(key, String::from(default))?;
        if path.is_empty() {
            return Err(self.invalid(key, "the path of a file, not empty"));
        }
        Ok(self.source.folder.join(path))
    }

    /// The folder relative paths start from.
    pub fn folder(&self) -> &Path {
        &self.source.folder
    }

    /// A whole number within `range`.
    pub fn number(&mut self, key: &'static str, default: u64, range: RangeInclusive<u64>) -> Result<u64, Invalid> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        match self.take(key, &expected)? {
            Some(number) if !range.contains(&number) => Err(self.invalid(key, &format!("{expected}, not {number}"))),
            Some(number) => Ok(number),
            None => Ok(default),
        }
    }

    /// An [`Invalid`] about `key`, in the words of where its value comes from, or would have to.
    pub fn invalid(&self, key: &'static str, expected: &str) -> Invalid {
        let section = self.name;
        let variable = Key { section, name: key }.environment();
        let place = match &self.source.name {
            Some(file) if !self.from_environment.contains(&key) => file,
            Some(_) | None => &variable,
        };
        Invalid::new(format!("{place}: `{section}.{key}` must be {expected}"))
    }

    /// Refuses the keys nobody asked for.
    pub fn finish(&self) -> Result<(), Invalid> {
        match self.table.keys().next() {
            None => Ok(()),
            Some(key) => {
                let sentence =
                    format!("{}: there is no key `{}.{}`", self.source.name(), self.name, key.escape_debug());
                Err(Invalid::new(sentence))
            }
        }
    }

    fn take<T: Value>(&mut self, name: &'static str, expected: &str) -> Result<Option<T>, Invalid> {
        let key = Key { section: self.name, name };
        self.source.taken.push(key);
        let from_file = self.table.remove(name);
        let variable = key.environment();
        if let Some(text) = self.source.environment.remove(&variable) {
            self.from_environment.push(name);
            let shown = if T::SECRET { String::from("what it holds") } else { T::wrong_text(&text) };
            return T::from_text(&text)
                .map(Some)
                .ok_or_else(|| self.invalid(name, &format!("{expected}, not {shown}")));
        }
        let Some(value) = from_file else { return Ok(None) };
        T::from_toml(&value).map(Some).ok_or_else(|| {
            let shown = if T::SECRET { String::from(value.type_str()) } else { T::wrong_toml(&value) };
            self.invalid(name, &format!("{expected}, not {shown}"))
        })
    }
}
