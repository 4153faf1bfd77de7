//! What must be readable before anybody looks at a message (RFC 3261 sections 8.1.1 and 16.3).

use super::error::{Error, FieldError};
use super::headers::Headers;
use super::name;
use super::whole::Message;

pub(crate) fn message(message: &Message) -> Result<(), Error> {
    let headers = message.headers();
    if headers.vias()?.iter().any(|via| via.version() != "2.0") {
        return Err(Error::Version);
    }
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    let cseq = headers.cseq()?;
    headers.content_length()?;
    headers.content_type()?;
    headers.max_forwards()?;
    headers.contacts()?;
    addresses(headers)?;
    match message {
        Message::Request(request) if cseq.method != *request.method() => Err(Error::MethodMismatch),
        Message::Request(_) | Message::Response(_) => Ok(()),
    }
}

fn addresses(headers: &Headers) -> Result<(), FieldError> {
    for name in [name::ROUTE, name::RECORD_ROUTE, name::PATH, name::SERVICE_ROUTE] {
        headers.addresses(name)?;
    }
    Ok(())
}

/// A tag of To made of what a retransmission repeats: for an answer that nothing is kept of (RFC 3261 section 8.2.7).
pub fn stateless_tag(headers: &Headers) -> String {
    use md5::Digest;
    let mut hash = md5::Md5::new();
    for name in [name::VIA, name::FROM, name::CALL_ID, name::CSEQ] {
        headers.all(&name).for_each(|header| hash.update(header.value()));
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
