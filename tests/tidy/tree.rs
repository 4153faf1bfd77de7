//! The files of the repository, or a few made up ones to try a check on.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are no part of the repository.
const NOT_OURS: [&str; 6] = ["target", "node_modules", ".git", "artifacts", "corpus", "coverage"];

/// One text file.
pub struct File {
    /// From the root, with `/`.
    pub path: String,
    pub text: String,
}

/// Text files; others are not looked at.
pub struct Tree(pub Vec<File>);

impl Tree {
    /// The repository.
    pub fn load() -> Tree {
        let mut files = Vec::new();
        walk(&root(), "", &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Tree(files)
    }

    /// A sample.
    pub fn of(files: &[(&str, &str)]) -> Tree {
        Tree(files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect())
    }

    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }

    /// Files whose name ends with one of `endings`.
    pub fn ending<'a>(&'a self, endings: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.0.iter().filter(|file| endings.iter().any(|ending| file.path.ends_with(ending)))
    }
}

impl File {
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it holds only tests or benches; the load tool and the fuzz targets lie among them but are programs.
    pub fn is_test(&self) -> bool {
        let program = self.path.starts_with("tests/load/") || self.path.starts_with("tests/fuzz/");
        let folder = self.path.split('/').any(|part| ["tests", "test", "benches"].contains(&part));
        self.name() == "tests.rs" || (folder && !program)
    }
}

/// The top folder of the repository.
pub fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests").into()
}

fn walk(folder: &Path, path: &str, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the repository can be read").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
        if entry.path().is_dir() {
            if !NOT_OURS.contains(&name.as_str()) {
                walk(&entry.path(), &path, files);
            }
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(File { path, text });
        }
    }
}

/// What a check found, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    pub at: String,
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.what)
    }
}

/// A finding in a file.
pub fn finding(at: impl Into<String>, what: impl Into<String>) -> Finding {
    Finding { at: at.into(), what: what.into() }
}

/// A finding on a line, counted from 0.
pub fn finding_on(file: &File, line: usize, what: impl Into<String>) -> Finding {
    finding(format!("{}:{}", file.path, line + 1), what)
}
