//! What a user agent server looks at before it acts on a request (RFC 3261 section 8.2), in the
//! order of that section: method, scheme of the Request-URI, extensions asked for, content.
//!
//! Authentication, loops and merged requests are not seen here: they need a transaction.

use crate::message::{MediaType, Method, Request, Response, Status, Uri, name, parts};

/// What this side can do; said in Allow, Supported and Accept.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// Methods acted on.
    pub methods: Vec<Method>,
    /// Option tags understood, in small letters.
    pub extensions: Vec<&'static str>,
    /// Bodies understood.
    pub bodies: Vec<MediaType>,
}

impl Capabilities {
    /// A request that may be acted on; else the response to it, its To tagged with `tag`.
    ///
    /// An ACK is always admitted, since nothing may answer it.
    pub fn admit(&self, request: &Request, tag: &str) -> Result<(), Box<Response>> {
        if *request.method() == Method::Ack {
            return Ok(());
        }
        let refusal = self
            .method(request)
            .or_else(|| scheme(request))
            .or_else(|| self.extensions(request))
            .or_else(|| self.content(request))
            .or_else(|| accept(request))
            .or_else(|| join(request));
        let Some((status, headers)) = refusal else { return Ok(()) };
        let mut response = request.response(status, Some(tag));
        for (name, value) in headers {
            response.headers.push(name, value);
        }
        Err(Box::new(response))
    }

    fn method(&self, request: &Request) -> Option<Refusal> {
        let allow = || vec![(name::ALLOW, joined(&self.methods))];
        match request.method() {
            own if self.methods.contains(own) => None,
            Method::Extension(_) => Some((Status::NOT_IMPLEMENTED, allow())),
            Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Info
            | Method::Invite
            | Method::Message
            | Method::Notify
            | Method::Options
            | Method::Prack
            | Method::Publish
            | Method::Refer
            | Method::Register
            | Method::Subscribe
            | Method::Update => Some((Status::METHOD_NOT_ALLOWED, allow())),
        }
    }

    /// CANCEL carries no Require that counts (section 8.2.2.3).
    fn extensions(&self, request: &Request) -> Option<Refusal> {
        if *request.method() == Method::Cancel {
            return None;
        }
        let Ok(required) = request.headers.tokens(name::REQUIRE) else { return bad() };
        let known = |tag: &String| self.extensions.iter().any(|own| own.eq_ignore_ascii_case(tag));
        let unknown: Vec<_> = required.into_iter().filter(|tag| !known(tag)).collect();
        (!unknown.is_empty()).then(|| (Status::BAD_EXTENSION, vec![(name::UNSUPPORTED, unknown.join(", "))]))
    }

    fn content(&self, request: &Request) -> Option<Refusal> {
        if request.body().is_empty() || is_optional(request) {
            return None;
        }
        let encoding = request.headers.text(&name::CONTENT_ENCODING).unwrap_or_default();
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return Some((Status::UNSUPPORTED_MEDIA_TYPE, vec![(name::ACCEPT_ENCODING, "identity".to_owned())]));
        }
        let Ok(kind) = request.headers.content_type() else { return bad() };
        let known =
            |kind: &MediaType| self.bodies.iter().any(|own| own.kind == kind.kind && own.subtype == kind.subtype);
        let understood = kind.is_some_and(|kind| {
            known(&kind) || parts(&kind, request.body()).is_some_and(|parts| parts.iter().any(|part| known(&part.kind)))
        });
        (!understood).then(|| (Status::UNSUPPORTED_MEDIA_TYPE, vec![(name::ACCEPT, joined(&self.bodies))]))
    }
}

type Refusal = (Status, Vec<(name::Name, String)>);

fn bad() -> Option<Refusal> {
    Some((Status::BAD_REQUEST, Vec::new()))
}

fn joined(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// sip, sips, tel, and urn for emergency services (RFC 5031).
fn scheme(request: &Request) -> Option<Refusal> {
    match request.uri() {
        Uri::Sip(_) | Uri::Tel(_) => None,
        Uri::Other(_) if request.uri().scheme().eq_ignore_ascii_case("urn") => None,
        Uri::Other(_) => Some((Status::UNSUPPORTED_URI_SCHEME, Vec::new())),
    }
}

/// `Content-Disposition: …;handling=optional` (RFC 3261 section 20.11).
fn is_optional(request: &Request) -> bool {
    let disposition = request.headers.text(&name::CONTENT_DISPOSITION).unwrap_or_default();
    disposition.to_ascii_lowercase().replace(' ', "").contains("handling=optional")
}

/// An INVITE is answered with a session description: who takes none gets 406 (RFC 4475 section 3.3.15).
fn accept(request: &Request) -> Option<Refusal> {
    if *request.method() != Method::Invite {
        return None;
    }
    let Ok(accept) = request.headers.accept() else { return bad() };
    let sdp = MediaType::sdp();
    let taken = accept.is_none_or(|ranges| ranges.iter().any(|range| range.covers(&sdp)));
    (!taken).then_some((Status::NOT_ACCEPTABLE, Vec::new()))
}

/// Nobody can be joined to a call here: as if the dialog that Join names did not exist (RFC 3911 section 4).
fn join(request: &Request) -> Option<Refusal> {
    let joins = *request.method() == Method::Invite && request.headers.has(&name::JOIN);
    joins.then_some((Status::CALL_DOES_NOT_EXIST, Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, lines: &[(name::Name, &str)]) -> Request {
        let mut request = Request::new(method, Uri::parse("sip:b@h").unwrap());
        request.headers.push(name::TO, "<sip:b@h>");
        lines.iter().for_each(|(name, value)| request.headers.push(name.clone(), value));
        request
    }

    fn status(request: &Request) -> Option<u16> {
        let own =
            Capabilities { methods: vec![Method::Invite], extensions: vec!["timer"], bodies: vec![MediaType::sdp()] };
        own.admit(request, "t").err().map(|response| response.status().code())
    }

    #[test]
    fn methods_extensions_and_bodies_are_looked_at_in_this_order() {
        assert_eq!(status(&request(Method::Invite, &[(name::REQUIRE, "Timer")])), None);
        assert_eq!(status(&request(Method::Bye, &[(name::REQUIRE, "x")])), Some(405));
        assert_eq!(status(&request(Method::parse("NEW").unwrap(), &[])), Some(501));
        assert_eq!(status(&request(Method::Invite, &[(name::REQUIRE, "x")])), Some(420));
        assert_eq!(status(&request(Method::Ack, &[(name::REQUIRE, "x")])), None);
        assert_eq!(status(&request(Method::Invite, &[(name::JOIN, "c;to-tag=1;from-tag=2")])), Some(481));
    }

    #[test]
    fn bodies_that_are_optional_or_hold_a_known_part_are_let_through() {
        let mut one = request(Method::Invite, &[]);
        one.set_body(
            &MediaType::parse("multipart/mixed;boundary=b").unwrap(),
            b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--".to_vec(),
        );
        assert_eq!(status(&one), None);
        one.set_body(&MediaType::parse("text/plain").unwrap(), b"x".to_vec());
        assert_eq!(status(&one), Some(415));
        one.headers.push(name::CONTENT_DISPOSITION, "icon; handling = optional");
        assert_eq!(status(&one), None);
    }
}
