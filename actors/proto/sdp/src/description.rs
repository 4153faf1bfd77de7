//! [`Description`]: lines, and where the sections begin.

use std::fmt;
use std::ops::Range;

use crate::{AddressPolicy, Candidate, Error, MediaLine, Section, limits};

/// One session description (RFC 8866 section 5).
///
/// Reading is strict where two readers could disagree (line ends, control characters,
/// `v=`, `o=`, `m=`) and blind to the rest. Written with CRLF; a description that came
/// with CRLF is written as it came, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    lines: Vec<String>,
    /// Indices of the `m=` lines, rising.
    sections: Vec<usize>,
}

/// The `o=` line (RFC 8866 section 5.2). A new `session` is a new peer connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// `<username>`, usually `-`.
    pub user: &'a str,
    /// `<sess-id>`.
    pub session: &'a str,
    /// `<sess-version>`.
    pub version: &'a str,
}

impl Description {
    /// Reads `text`; lines end with CRLF or LF, the last end may be missing.
    ///
    /// Errors: a limit of [`limits`], or the first line that breaks the grammar.
    pub fn parse(text: &str) -> Result<Description, Error> {
        if text.len() > limits::BYTES {
            return Err(Error::TooLarge);
        }
        let mut description = Description { lines: Vec::new(), sections: Vec::new() };
        let body = text.strip_suffix('\n').unwrap_or(text);
        for (index, line) in body.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            check_line(index, line)?;
            description.push(line)?;
        }
        description.origin().ok_or(Error::Line { line: 2, expected: "o= with six fields" })?;
        Ok(description)
    }

    fn push(&mut self, line: &str) -> Result<(), Error> {
        if self.lines.len() == limits::LINES {
            return Err(Error::TooManyLines);
        }
        if line.starts_with("m=") {
            if self.sections.len() == limits::SECTIONS {
                return Err(Error::TooManySections);
            }
            let number = self.lines.len() + 1;
            MediaLine::parse(line).ok_or(Error::Line { line: number, expected: "m=<media> <port> <proto> <fmt>" })?;
            self.sections.push(self.lines.len());
        }
        self.lines.push(line.to_owned());
        Ok(())
    }

    /// The `o=` line.
    pub fn origin(&self) -> Option<Origin<'_>> {
        let mut fields = self.lines.get(1)?.strip_prefix("o=")?.split(' ');
        let origin = Origin { user: fields.next()?, session: fields.next()?, version: fields.next()? };
        (fields.count() == 3 && !origin.session.is_empty()).then_some(origin)
    }

    /// What stands before the first `m=` line.
    pub fn session(&self) -> Section<'_> {
        let end = self.sections.first().copied().unwrap_or(self.lines.len());
        let lines = self.lines.get(..end).unwrap_or_default();
        Section::new(lines, &[])
    }

    /// The `m=` sections in order, rejected ones (port 0) included.
    pub fn media(&self) -> impl Iterator<Item = Section<'_>> {
        let session = self.session().lines();
        self.ranges().filter_map(|range| self.lines.get(range)).map(|lines| Section::new(lines, session))
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = self.sections.iter().copied().skip(1).chain([self.lines.len()]);
        self.sections.iter().copied().zip(ends).map(|(start, end)| start..end)
    }

    /// Whether any section of that kind (`audio`, `video`) is offered: its port is not 0
    /// or it is bundled (RFC 9143 section 6), and its direction is not `inactive`.
    pub fn offers(&self, kind: &str) -> bool {
        self.media().any(|section| section.media_line().is_some_and(|m| m.kind == kind) && section.is_live())
    }

    /// Whether it carries candidates: then it was written after gathering.
    pub fn has_candidates(&self) -> bool {
        self.media().any(|section| section.attributes("candidate").next().is_some())
    }

    /// Takes out what `policy` forbids: candidates that it forbids or that cannot be
    /// read are dropped, forbidden `c=` and `a=rtcp` addresses become `0.0.0.0` with port 9 (RFC 8840
    /// section 4.1.1: no default candidate yet). Returns how many lines were touched.
    pub fn restrict(&mut self, policy: &AddressPolicy) -> usize {
        let before = self.lines.len();
        self.lines.retain(|line| match line.strip_prefix("a=candidate:") {
            Some(_) => line.strip_prefix("a=").is_some_and(|text| policy.permits_candidate(text)),
            None => true,
        });
        let mut touched = before - self.lines.len();
        for line in &mut self.lines {
            if let Some(harmless) = policy.rewrite(line) {
                *line = harmless;
                touched += 1;
            }
        }
        let is_media = |(index, line): (usize, &String)| line.starts_with("m=").then_some(index);
        self.sections = self.lines.iter().enumerate().filter_map(is_media).collect();
        touched
    }

    /// All candidates of all sections that can be read.
    pub fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.lines.iter().filter(|line| line.starts_with("a=candidate:")).filter_map(|line| Candidate::parse(line).ok())
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| write!(f, "{line}\r\n"))
    }
}

/// `<type>=<value>`, no control characters; `v=0` first.
fn check_line(index: usize, line: &str) -> Result<(), Error> {
    let wrong = |expected| Err(Error::Line { line: index + 1, expected });
    if line.len() > limits::LINE_BYTES {
        return wrong("a shorter line");
    }
    if index == 0 && line != "v=0" {
        return wrong("v=0");
    }
    match line.as_bytes() {
        [kind, b'=', ..] if kind.is_ascii_lowercase() => {}
        _ => return wrong("<letter>=<value>"),
    }
    if line.chars().any(|c| c.is_control() && c != '\t') {
        return wrong("no control characters");
    }
    Ok(())
}
