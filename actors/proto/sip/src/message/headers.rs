//! [`Headers`]: names and values in order. What came from the wire goes back as it came; what is
//! added is written here and nowhere else, so no line end can slip in.

use std::borrow::Cow;
use std::fmt::Display;

use super::error::FieldError;
use super::grammar::list;
use super::limits;
use super::name::Name;

/// One header.
#[derive(Clone, Debug)]
pub struct Header {
    name: Name,
    value: Vec<u8>,
    /// The line as it came, spelling and folding included, without its end.
    wire: Option<Box<[u8]>>,
}

impl Header {
    pub(crate) fn received(name: Name, value: Vec<u8>, wire: Option<Box<[u8]>>) -> Header {
        Header { name, value, wire }
    }

    fn written(name: Name, value: &dyn Display) -> Header {
        let mut value = value.to_string().into_bytes();
        for byte in &mut value {
            if byte.is_ascii_control() {
                *byte = b' ';
            }
        }
        Header { name, value, wire: None }
    }

    /// Its name, in the long form.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its value, unfolded and trimmed.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Its value; what is no UTF-8 is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.wire {
            Some(wire) => out.extend_from_slice(wire),
            None => {
                out.extend_from_slice(self.name.as_str().as_bytes());
                out.extend_from_slice(b": ");
                out.extend_from_slice(&self.value);
            }
        }
        out.extend_from_slice(b"\r\n");
    }
}

/// What it means counts, not how it was spelled.
impl PartialEq for Header {
    fn eq(&self, other: &Header) -> bool {
        self.name == other.name && self.value == other.value
    }
}

impl Eq for Header {}

/// The headers of a message, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<Header>);

impl Headers {
    /// None.
    pub const fn new() -> Headers {
        Headers(Vec::new())
    }

    pub(crate) fn push_header(&mut self, header: Header) {
        self.0.push(header);
    }

    /// All in order.
    pub fn iter(&self) -> impl Iterator<Item = &Header> {
        self.0.iter()
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of one name, in order.
    pub fn all<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Header> {
        self.0.iter().filter(move |header| header.name == *name)
    }

    /// Whether one of that name is there.
    pub fn has(&self, name: &Name) -> bool {
        self.all(name).next().is_some()
    }

    /// The first of that name.
    pub fn text(&self, name: &Name) -> Option<Cow<'_, str>> {
        self.0.iter().find(|header| header.name == *name).map(Header::text)
    }

    /// Adds a header at the end. Control characters of the value become spaces.
    pub fn push(&mut self, name: Name, value: impl Display) {
        self.0.push(Header::written(name, &value));
    }

    /// Adds a header before all others, as a Via is added.
    pub fn push_front(&mut self, name: Name, value: impl Display) {
        self.0.insert(0, Header::written(name, &value));
    }

    /// Adds one header line for each value.
    pub fn extend(&mut self, name: &Name, values: impl IntoIterator<Item = impl Display>) {
        for value in values {
            self.push(name.clone(), value);
        }
    }

    /// One header of that name: in place of the first if there were some.
    pub fn set(&mut self, name: Name, value: impl Display) {
        let place = self.0.iter().position(|header| header.name == name);
        self.remove(&name);
        let header = Header::written(name, &value);
        match place {
            Some(place) => self.0.insert(place, header),
            None => self.0.push(header),
        }
    }

    /// Removes all of that name.
    pub fn remove(&mut self, name: &Name) {
        self.0.retain(|header| header.name != *name);
    }

    /// Copies all headers of that name from another message, as they are.
    pub fn copy(&mut self, name: &Name, from: &Headers) {
        self.0.extend(from.all(name).cloned());
    }

    /// The one value of a header that may stand once at most.
    ///
    /// Errors: it stands twice, or `parse` refuses it.
    pub fn one<T>(
        &self,
        name: Name,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, FieldError> {
        let (first, second) = {
            let mut all = self.all(&name);
            (all.next(), all.next())
        };
        let Some(header) = first else { return Ok(None) };
        if second.is_some() {
            return Err(FieldError::new(name, "one header of this name"));
        }
        parse(&header.text()).map(Some).ok_or(FieldError::new(name, expected))
    }

    /// The values of a list header over all its lines.
    ///
    /// Errors: a line is no list, there are more than [`limits::VALUES`], or `parse` refuses one.
    pub fn each<T>(
        &self,
        name: Name,
        expected: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, FieldError> {
        let mut values = Vec::new();
        for header in self.all(&name) {
            let text = header.text();
            for value in list(&text).ok_or_else(|| FieldError::new(name.clone(), expected))? {
                values.push(parse(value).ok_or_else(|| FieldError::new(name.clone(), expected))?);
            }
            if values.len() > limits::VALUES {
                return Err(FieldError::new(name.clone(), "fewer values"));
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::super::name;
    use super::*;

    #[test]
    fn no_line_end_can_slip_into_a_value() {
        let mut headers = Headers::new();
        headers.push(name::SUBJECT, "a\r\nVia: b\0");
        let mut out = Vec::new();
        headers.iter().for_each(|header| header.write(&mut out));
        assert_eq!(out, b"Subject: a  Via: b \r\n");
    }

    #[test]
    fn setting_keeps_the_place_and_leaves_one() {
        let mut headers = Headers::new();
        for (name, value) in [(name::TO, "a"), (name::FROM, "b"), (name::TO, "c"), (name::EXPIRES, "1")] {
            headers.push(name, value);
        }
        headers.set(name::TO, "d");
        let texts: Vec<_> = headers.iter().map(Header::text).collect();
        assert_eq!(texts, ["d", "b", "1"]);
    }

    #[test]
    fn values_are_counted_and_errors_name_the_header() {
        let mut headers = Headers::new();
        headers.push(name::ALLOW, "INVITE, BYE");
        headers.push(name::ALLOW, "ACK");
        let all = headers.each(name::ALLOW, "methods", |text| Some(text.to_owned())).unwrap();
        assert_eq!(all, ["INVITE", "BYE", "ACK"]);
        let twice = headers.one(name::ALLOW, "x", |_| Some(())).unwrap_err();
        assert_eq!(twice.to_string(), "Allow: one header of this name expected");
        headers.push(name::ALLOW, "a,".repeat(limits::VALUES) + "b");
        assert!(headers.each(name::ALLOW, "methods", |_| Some(())).is_err());
    }
}
