//! Every message of RFC 4475 and RFC 5118, and what those documents want done with it.
//!
//! The messages lie in `tests/vectors/sip`, byte for byte as the documents have them, but for the
//! signature in mpart01 (other bytes of the same number) and the Content-Length of RFC 5118's bodies,
//! which there does not fit. `TABLE.md` beside them says for people what is checked here.

use std::collections::BTreeSet;

use sip::admission::Capabilities;
use sip::message::{Incoming, MediaType, Message, Method, Refused, parse_datagram};

#[path = "documents/rfc4475.rs"]
mod rfc4475;
#[path = "documents/rfc5118.rs"]
mod rfc5118;

/// What a document wants.
enum Want {
    /// It can be read, and is what the function says.
    Read(fn(&Message)),
    /// The reader refuses it with this status.
    Refuse(u16),
    /// It can be read; a user agent server answers it with this status.
    Answer(u16),
    /// Nobody acts on it, nobody answers.
    Discard,
}

fn folder(document: &str) -> std::path::PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../../tests/vectors/sip", document].iter().collect()
}

fn parse(document: &str, name: &str) -> (Vec<u8>, Result<Incoming, Refused>) {
    let bytes = std::fs::read(folder(document).join(name).with_extension("dat")).expect(name);
    let read = parse_datagram(&bytes);
    (bytes, read)
}

/// What the engine can do as far as the documents care.
fn capabilities() -> Capabilities {
    let methods =
        [Method::Invite, Method::Ack, Method::Bye, Method::Cancel, Method::Options, Method::Message, Method::Register];
    Capabilities {
        methods: methods.to_vec(),
        extensions: vec!["100rel"],
        bodies: vec![MediaType::sdp(), MediaType::parse("text/plain").unwrap()],
    }
}

/// A message that was not cut goes out as it came; any reads the same again.
fn written_as_read(name: &str, bytes: &[u8], message: &Message) {
    let written = message.to_bytes();
    assert!(bytes.starts_with(&written), "{name}: written differently");
    let Ok(Incoming::Message(again)) = parse_datagram(&written) else { panic!("{name}: not read again") };
    assert_eq!(again.headers(), message.headers(), "{name}");
}

fn check(document: &str, name: &str, want: &Want) {
    let (bytes, read) = parse(document, name);
    match (want, read) {
        (Want::Read(what), Ok(Incoming::Message(message))) => {
            written_as_read(name, &bytes, &message);
            what(&message);
        }
        (Want::Answer(status), Ok(Incoming::Message(message))) => {
            written_as_read(name, &bytes, &message);
            let Message::Request(request) = *message else { panic!("{name}: a request") };
            let response = capabilities().admit(&request, "tag").expect_err(name);
            assert_eq!(response.status().code(), *status, "{name}");
            assert!(
                matches!(parse_datagram(&response.to_bytes()), Ok(Incoming::Message(_))),
                "{name}: a response to read"
            );
        }
        (Want::Refuse(status), Err(refused)) => {
            let reply = refused.reply.unwrap_or_else(|| panic!("{name}: an answer"));
            assert_eq!(reply.status().code(), *status, "{name}: {}", refused.error);
        }
        (Want::Discard, Err(refused)) => assert!(refused.reply.is_none(), "{name}"),
        (_, other) => panic!("{name}: {other:?}"),
    }
}

impl Want {
    /// As `TABLE.md` has it.
    fn words(&self) -> String {
        match self {
            Want::Read(_) => "reads it".to_owned(),
            Want::Refuse(status) => format!("refuses it, answers {status}"),
            Want::Answer(status) => format!("reads it, answers {status}"),
            Want::Discard => "drops it".to_owned(),
        }
    }
}

/// The first and the last column of `TABLE.md` for one document.
fn rows(document: &str) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(folder("TABLE.md")).unwrap();
    let (_, rest) = text.split_once(&format!("## {document}\n")).expect(document);
    let rows = rest.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| ")).skip(1);
    let columns = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    columns.map(|row| (row[0].to_owned(), row[3].to_owned())).collect()
}

fn check_all(document: &str, table: &[(&str, Want)]) {
    let files: BTreeSet<String> = std::fs::read_dir(folder(document))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let rows: BTreeSet<String> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, rows, "each message stands in the table once");
    assert_eq!(table.len(), rows.len());
    let words: Vec<_> = table.iter().map(|(name, want)| ((*name).to_owned(), want.words())).collect();
    assert_eq!(self::rows(document), words, "TABLE.md says what is done");
    table.iter().for_each(|(name, want)| check(document, name, want));
}

#[test]
fn rfc_4475_is_followed() {
    check_all("rfc4475", &rfc4475::table());
}

#[test]
fn rfc_5118_is_followed() {
    check_all("rfc5118", &rfc5118::table());
}
