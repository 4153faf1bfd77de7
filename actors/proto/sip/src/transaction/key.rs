//! Which transaction a message belongs to (RFC 3261 sections 17.1.3 and 17.2.3).

use crate::message::{Method, Request, Response, Via};

/// Of a client transaction: our branch, and the method since a CANCEL has the branch of its INVITE.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientKey {
    branch: String,
    method: Method,
}

/// Of a server transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServerKey {
    /// The branch is an id; `sent-by` is part of it, since anybody may choose any branch.
    Branch {
        /// Its branch.
        branch: String,
        /// Who chose it, in small letters.
        sent_by: String,
        /// INVITE for an ACK.
        method: Method,
    },
    /// RFC 2543: no branch of ours, so everything else that a retransmission repeats. The tag of To is left
    /// out, since an ACK has the one of the response and the INVITE has none.
    Rfc2543 {
        /// Request-URI, From tag, Call-ID, CSeq number and topmost Via, as written.
        identity: String,
        /// INVITE for an ACK.
        method: Method,
    },
}

impl ClientKey {
    /// Of a request we send; `None` if it has no branch of RFC 3261.
    pub fn of_request(request: &Request) -> Option<ClientKey> {
        let branch = request.headers.via().ok()?.rfc3261_branch()?.into_owned();
        Some(ClientKey { branch, method: request.method().clone() })
    }

    /// Of a response that came. `None`: more than one Via, so it is not for us (section 8.1.3.3), or no branch of ours.
    pub fn of_response(response: &Response) -> Option<ClientKey> {
        let vias = response.headers.vias().ok()?;
        let [via] = vias.as_slice() else { return None };
        Some(ClientKey { branch: via.rfc3261_branch()?.into_owned(), method: response.cseq().ok()?.method })
    }

    /// Of the beginning of a request of ours, as the network quotes it: the request line, and behind it a whole Via.
    pub fn of_quoted(bytes: &[u8]) -> Option<ClientKey> {
        let mut lines = bytes.split(|byte| *byte == b'\n').map(|line| std::str::from_utf8(line).map(str::trim_end));
        let (Some(Ok(first)), Some(Ok(second)), Some(_)) = (lines.next(), lines.next(), lines.next()) else {
            return None;
        };
        let method = Method::parse(first.strip_suffix(" SIP/2.0")?.split(' ').next()?)?;
        let via = Via::parse(second.strip_prefix("Via:")?.trim())?;
        Some(ClientKey { branch: via.rfc3261_branch()?.into_owned(), method })
    }

    /// Of the request's method.
    pub fn method(&self) -> &Method {
        &self.method
    }
}

impl ServerKey {
    /// Of a request that came; an ACK has that of its INVITE.
    pub fn of_request(request: &Request) -> Option<ServerKey> {
        let method = match request.method() {
            Method::Ack => Method::Invite,
            method => method.clone(),
        };
        ServerKey::read(request, method)
    }

    /// Of the INVITE that a CANCEL is about (section 9.2).
    pub fn of_cancelled(cancel: &Request) -> Option<ServerKey> {
        (*cancel.method() == Method::Cancel).then(|| ServerKey::read(cancel, Method::Invite)).flatten()
    }

    fn read(request: &Request, method: Method) -> Option<ServerKey> {
        let via = request.headers.via().ok()?;
        if let Some(branch) = via.rfc3261_branch() {
            let sent_by = format!("{}:{}", via.host, via.port.unwrap_or(5060)).to_ascii_lowercase();
            return Some(ServerKey::Branch { branch: branch.into_owned(), sent_by, method });
        }
        let (from, call_id) = (request.headers.from().ok()?, request.headers.call_id().ok()?);
        let tag = from.tag().unwrap_or_default();
        let identity = format!("{} {tag} {call_id} {} {via}", request.uri(), request.cseq().ok()?.number);
        Some(ServerKey::Rfc2543 { identity, method })
    }
}

/// What the copies of one request that reach one user over several ways have in common (section 8.2.2.2; with the
/// Request-URI, since a fork may mean several users of this endpoint). `None`: it is within a dialog, so it came
/// over one way.
pub(crate) fn merge_identity(request: &Request) -> Option<String> {
    let headers = &request.headers;
    if headers.to().ok()?.tag().is_some() || matches!(request.method(), Method::Ack | Method::Cancel) {
        return None;
    }
    let from = headers.from().ok()?;
    Some(format!("{} {} {} {}", from.tag()?, headers.call_id().ok()?, headers.cseq().ok()?, request.uri()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Uri, name};

    fn request(method: &str, via: &str, to: &str) -> Request {
        let mut request = Request::new(Method::parse(method).unwrap(), Uri::parse("sip:b@h").unwrap());
        for (name, value) in [(name::VIA, via), (name::FROM, "<sip:a@h>;tag=1"), (name::TO, to), (name::CALL_ID, "c")] {
            request.headers.push(name, value);
        }
        request.headers.push(name::CSEQ, format!("7 {method}"));
        request
    }

    fn key(method: &str, via: &str, to: &str) -> ServerKey {
        ServerKey::of_request(&request(method, via, to)).unwrap()
    }

    #[test]
    fn an_ack_and_a_cancel_find_their_invite() {
        for via in ["SIP/2.0/UDP h;branch=z9hG4bK1", "SIP/2.0/UDP h"] {
            let invite = key("INVITE", via, "<sip:b@h>");
            assert_eq!(invite, key("ACK", via, "<sip:b@h>;tag=2"), "{via}");
            let cancel = request("CANCEL", via, "<sip:b@h>");
            assert_eq!(ServerKey::of_cancelled(&cancel), Some(invite.clone()));
            assert_ne!(ServerKey::of_request(&cancel), Some(invite));
        }
    }

    #[test]
    fn the_same_branch_of_another_sender_is_another_transaction() {
        let own = key("OPTIONS", "SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:b@h>");
        assert_eq!(own, key("OPTIONS", "SIP/2.0/UDP H:5060;branch=z9hG4bK1", "<sip:b@h>"));
        assert_ne!(own, key("OPTIONS", "SIP/2.0/UDP other;branch=z9hG4bK1", "<sip:b@h>"));
        assert_ne!(own, key("BYE", "SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:b@h>"));
    }

    #[test]
    fn a_request_is_known_by_its_beginning() {
        let options = request("OPTIONS", "SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:b@h>");
        let (bytes, key) = (options.to_bytes(), ClientKey::of_request(&options));
        let quoted: Vec<_> = (0..=bytes.len()).map(|length| ClientKey::of_quoted(&bytes[..length])).collect();
        let via_ends = quoted.iter().position(Option::is_some).unwrap();
        assert!(
            bytes[..via_ends].ends_with(b"branch=z9hG4bK1\r\n") && quoted[via_ends..].iter().all(|own| *own == key)
        );
        let response = options.response(crate::message::Status::OK, None).to_bytes();
        assert_eq!(ClientKey::of_quoted(&response), None);
    }

    #[test]
    fn responses_match_by_branch_and_method_and_have_one_via() {
        let options = request("OPTIONS", "SIP/2.0/UDP h;branch=z9hG4bK1", "<sip:b@h>");
        let mut response = options.response(crate::message::Status::OK, None);
        assert_eq!(ClientKey::of_response(&response), ClientKey::of_request(&options));
        response.headers.push(name::VIA, "SIP/2.0/UDP x;branch=z9hG4bK2");
        assert_eq!(ClientKey::of_response(&response), None);
    }
}
