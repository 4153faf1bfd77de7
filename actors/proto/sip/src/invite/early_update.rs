//! UPDATE in an early dialog (RFC 3311 section 5.2), the same for both sides.

use super::action::answer;
use crate::dialog::{Dialog, Negotiation};
use crate::message::{Headers, MediaType, Method, NameAddr, Request, Response, Status, description, name};
use crate::transaction::ServerKey;

/// An UPDATE whose offer is with the user.
#[derive(Clone, Debug)]
pub(crate) struct EarlyUpdate {
    pub key: ServerKey,
    pub request: Request,
}

/// What a request in an early dialog comes to.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    /// It is answered.
    Respond(Response),
    /// The user is to answer its offer.
    Offer(Vec<u8>),
}

/// Takes an UPDATE; any other request has to wait until the session stands. `is_open`: one is with the user already.
pub(crate) fn take(
    dialog: &mut Dialog,
    negotiation: &mut Negotiation,
    request: &Request,
    is_open: bool,
    contact: &NameAddr,
) -> Taken {
    let later = || {
        let mut response = request.response(Status::SERVER_INTERNAL_ERROR, None);
        response.headers.push(name::RETRY_AFTER, 2);
        Taken::Respond(response)
    };
    if *request.method() != Method::Update || is_open {
        return later();
    }
    match description(&request.headers, request.body()) {
        None => Taken::Respond(accept(dialog, request, contact, None)),
        Some(sdp) => match negotiation.receive_offer() {
            Ok(()) => Taken::Offer(sdp.to_vec()),
            Err(crate::dialog::Refusal::Again) => later(),
            Err(refusal) => Taken::Respond(request.response(refusal.status(), None)),
        },
    }
}

/// The 200 of an UPDATE; it refreshes the target.
pub(crate) fn accept(dialog: &mut Dialog, request: &Request, contact: &NameAddr, sdp: Option<Vec<u8>>) -> Response {
    if let Ok(contacts) = request.headers.contacts() {
        dialog.refresh_target(contacts);
    }
    let mut response = answer(request, Status::OK, &dialog.id().local_tag, contact, &Headers::new());
    if let Some(sdp) = sdp {
        response.set_body(&MediaType::sdp(), sdp);
    }
    response
}
