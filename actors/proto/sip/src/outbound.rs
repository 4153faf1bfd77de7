//! What a client says of its connections (RFC 5626), as far as one connection an account goes: who it is, so that a registrar
//! replaces the binding of a lost connection, and that calls come back over the same one.

use crate::message::{FieldError, Headers, NameAddr, SipUri, name};

/// Option tags of a REGISTER by [`bind`] (sections 4.2.1 and 5.1).
pub const OPTIONS: &str = "outbound, path";
/// Longest Flow-Timer that is heeded, in seconds.
pub const LONGEST_FLOW_TIMER: u32 = 3600;

/// The Contact of a REGISTER: `+sip.instance="<urn:uuid:…>"` and `reg-id` (section 4.2). `uuid`: of this account on this engine,
/// the same after a restart, in its usual form. `number`: 1 and up, one a connection.
#[must_use]
pub fn bind(mut contact: NameAddr, uuid: &str, number: u32) -> NameAddr {
    contact.params_mut().set_quoted("+sip.instance", &format!("<urn:uuid:{}>", uuid.to_ascii_lowercase()));
    contact.params_mut().set("reg-id", &number.to_string());
    contact
}

/// The Contact of a request that makes a dialog: `ob` asks that requests within come over the same connection (section 4.3).
pub fn keep_flow(contact: &mut SipUri) {
    contact.set_param("ob", None);
}

impl Headers {
    /// `Flow-Timer` of a 2xx to a REGISTER: seconds of silence after which the connection may be gone (section 4.4).
    /// Keep-alives are due a little more often.
    pub fn flow_timer(&self) -> Result<Option<u32>, FieldError> {
        let seconds = self.one(name::FLOW_TIMER, "seconds", |text| text.parse().ok())?;
        Ok(seconds.map(|seconds: u32| seconds.min(LONGEST_FLOW_TIMER)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Uri;

    #[test]
    fn the_instance_is_quoted_and_read_again() {
        let contact = NameAddr::parse("<sip:a@192.0.2.1;transport=tcp>").unwrap();
        let bound = bind(contact, "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6", 1);
        let text = bound.to_string();
        assert!(
            text.ends_with(";+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\";reg-id=1"),
            "{text}"
        );
        assert_eq!(NameAddr::parse(&text), Some(bound));
    }

    #[test]
    fn a_call_stays_on_its_connection() {
        let Some(Uri::Sip(mut uri)) = Uri::parse("sip:a@h;transport=tcp") else { panic!("a URI") };
        keep_flow(&mut uri);
        assert_eq!(uri.to_string(), "sip:a@h;transport=tcp;ob");
        let mut headers = Headers::new();
        assert_eq!(headers.flow_timer(), Ok(None));
        headers.push(name::FLOW_TIMER, "99999");
        assert_eq!(headers.flow_timer(), Ok(Some(LONGEST_FLOW_TIMER)));
    }
}
