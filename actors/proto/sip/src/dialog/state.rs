//! [`Dialog`]: what two user agents agree on between requests (RFC 3261 section 12).

use crate::message::{CSeq, Contacts, FieldError, Method, NameAddr, Replaces, Request, Response, SipUri, Uri, name};

/// Names a dialog (section 12).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DialogId {
    /// Call-ID.
    pub call_id: String,
    /// Ours.
    pub local_tag: String,
    /// Theirs; empty for a peer of RFC 2543.
    pub remote_tag: String,
}

impl DialogId {
    /// Of a request that came: To has our tag, From has theirs.
    pub fn of_request(request: &Request) -> Result<DialogId, FieldError> {
        let tag = |address: NameAddr| address.tag().unwrap_or_default().into_owned();
        let headers = &request.headers;
        Ok(DialogId { call_id: headers.call_id()?, local_tag: tag(headers.to()?), remote_tag: tag(headers.from()?) })
    }

    /// Of a response to a request of ours.
    pub fn of_response(response: &Response) -> Result<DialogId, FieldError> {
        let tag = |address: NameAddr| address.tag().unwrap_or_default().into_owned();
        let headers = &response.headers;
        Ok(DialogId { call_id: headers.call_id()?, local_tag: tag(headers.from()?), remote_tag: tag(headers.to()?) })
    }

    /// Whether a Replaces header that came means this dialog (RFC 3891 section 3): its to-tag is ours. A tag 0 also
    /// stands for none, as of RFC 2543.
    pub fn is_replaced_by(&self, replaces: &Replaces) -> bool {
        let same = |own: &str, named: &str| own == named || (own.is_empty() && named == "0");
        self.call_id == replaces.call_id
            && same(&self.local_tag, &replaces.to_tag)
            && same(&self.remote_tag, &replaces.from_tag)
    }
}

/// A request whose CSeq is not above the last: answer 500 (section 12.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("CSeq: a number above the last expected")]
pub struct OutOfOrder;

/// One side of a dialog, early or confirmed.
#[derive(Clone, Debug)]
pub struct Dialog {
    id: DialogId,
    local: NameAddr,
    remote: NameAddr,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    target: Uri,
    routes: Vec<NameAddr>,
    contact: Option<NameAddr>,
}

impl Dialog {
    /// The caller's side, from an INVITE and a response with a To tag that makes a dialog (section 12.1.2).
    pub fn of_caller(request: &Request, response: &Response) -> Result<Dialog, FieldError> {
        let mut routes = response.headers.addresses(name::RECORD_ROUTE)?;
        routes.reverse();
        let remote = response.headers.to()?;
        let target = first_contact(response.headers.contacts()?).unwrap_or_else(|| request.uri().clone());
        Ok(Dialog {
            id: DialogId::of_response(response)?,
            local: request.headers.from()?,
            remote,
            local_cseq: request.cseq()?.number,
            remote_cseq: None,
            target,
            routes,
            contact: request.headers.contacts()?.first().cloned(),
        })
    }

    /// The called side, from an INVITE, our tag and our Contact (section 12.1.1).
    ///
    /// Errors: the INVITE has no Contact, or a header cannot be read.
    pub fn of_called(request: &Request, local_tag: &str, contact: NameAddr) -> Result<Dialog, FieldError> {
        let missing = || FieldError { name: name::CONTACT, expected: "an address" };
        let headers = &request.headers;
        let mut id = DialogId::of_request(request)?;
        id.local_tag = local_tag.to_owned();
        Ok(Dialog {
            id,
            local: headers.to()?.with_tag(local_tag),
            remote: headers.from()?,
            local_cseq: 0,
            remote_cseq: Some(request.cseq()?.number),
            target: first_contact(headers.contacts()?).ok_or_else(missing)?,
            routes: headers.addresses(name::RECORD_ROUTE)?,
            contact: Some(contact),
        })
    }

    /// Its name.
    pub fn id(&self) -> &DialogId {
        &self.id
    }

    /// Where requests are meant to arrive.
    pub fn target(&self) -> &Uri {
        &self.target
    }

    /// The other side, with its tag.
    pub fn remote(&self) -> &NameAddr {
        &self.remote
    }

    /// Whether the first hop is that of [`Dialog::target`] or a proxy's.
    pub fn next_hop(&self) -> &Uri {
        self.routes.first().map_or(&self.target, |route| &route.uri)
    }

    /// The next request in this dialog, without Via and body (section 12.2.1.1). Not for ACK and CANCEL.
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq += 1;
        let has_contact =
            matches!(method, Method::Invite | Method::Update | Method::Subscribe | Method::Refer | Method::Notify);
        let mut request = self.numbered(method, self.local_cseq);
        if let Some(contact) = self.contact.as_ref().filter(|_| has_contact) {
            request.headers.push(name::CONTACT, contact);
        }
        request
    }

    /// The ACK of the 2xx to the INVITE numbered `number` (section 13.2.2.4).
    pub fn ack(&self, number: u32) -> Request {
        self.numbered(Method::Ack, number)
    }

    /// The same request once more, such as after a challenge, with the next number.
    pub fn renumber(&mut self, request: &mut Request) {
        self.local_cseq += 1;
        let method = request.method().clone();
        request.headers.set(name::CSEQ, CSeq { number: self.local_cseq, method });
    }

    /// A request outside was sent again with a new number before the dialog knew.
    pub fn raise_cseq(&mut self, number: u32) {
        self.local_cseq = self.local_cseq.max(number);
    }

    fn numbered(&self, method: Method, number: u32) -> Request {
        let (uri, routes) = self.route();
        let mut request = Request::new(method.clone(), uri);
        request.headers.extend(&name::ROUTE, routes);
        request.headers.push(name::MAX_FORWARDS, 70);
        request.headers.push(name::FROM, &self.local);
        request.headers.push(name::TO, &self.remote);
        request.headers.push(name::CALL_ID, &self.id.call_id);
        request.headers.push(name::CSEQ, CSeq { number, method });
        request
    }

    /// A strict router in front takes the Request-URI's place, the target goes last (section 12.2.1.1).
    fn route(&self) -> (Uri, Vec<NameAddr>) {
        let Some((first, rest)) = self.routes.split_first() else {
            return (self.target.clone(), Vec::new());
        };
        match &first.uri {
            Uri::Sip(uri) if !uri.is_loose() => {
                let mut routes = rest.to_vec();
                routes.push(NameAddr::new(self.target.clone()));
                (Uri::Sip(without_headers(uri)), routes)
            }
            Uri::Sip(_) | Uri::Tel(_) | Uri::Other(_) => (self.target.clone(), self.routes.clone()),
        }
    }

    /// Takes note of a request that came in this dialog.
    ///
    /// Errors: [`OutOfOrder`]. ACK and CANCEL repeat a number and are always in order.
    pub fn receive(&mut self, request: &Request) -> Result<(), OutOfOrder> {
        if matches!(request.method(), Method::Ack | Method::Cancel) {
            return Ok(());
        }
        let number = request.cseq().map_err(|_| OutOfOrder)?.number;
        if self.remote_cseq.is_some_and(|last| number <= last) {
            return Err(OutOfOrder);
        }
        self.remote_cseq = Some(number);
        Ok(())
    }

    /// Target refresh, by an INVITE or UPDATE or a 2xx to one (section 12.2).
    pub fn refresh_target(&mut self, contacts: Contacts) {
        if let Some(target) = first_contact(contacts) {
            self.target = target;
        }
    }

    /// The 2xx that confirms a caller's early dialog: route set and target are taken anew (section 13.2.2.4).
    pub fn confirm(&mut self, response: &Response) {
        if let Ok(mut routes) = response.headers.addresses(name::RECORD_ROUTE) {
            routes.reverse();
            self.routes = routes;
        }
        if let Ok(contacts) = response.headers.contacts() {
            self.refresh_target(contacts);
        }
    }
}

fn first_contact(contacts: Contacts) -> Option<Uri> {
    contacts.first().map(|contact| match &contact.uri {
        Uri::Sip(uri) => Uri::Sip(without_headers(uri)),
        uri @ (Uri::Tel(_) | Uri::Other(_)) => uri.clone(),
    })
}

fn without_headers(uri: &SipUri) -> SipUri {
    let mut uri = uri.clone();
    uri.clear_headers();
    uri
}

#[cfg(test)]
mod tests;
