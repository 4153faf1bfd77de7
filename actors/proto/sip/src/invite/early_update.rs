//! UPDATE in an early dialog (RFC 3311 sections 5.1 and 5.2), the same for both sides, and the offer in a PRACK.

use super::action::answer;
use crate::dialog::{Dialog, Negotiation, Owed};
use crate::message::{Headers, MediaType, Method, NameAddr, Request, Response, Status, description, name};
use crate::transaction::ServerKey;

/// An UPDATE or PRACK whose offer is with the user.
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

/// The answer of the user to the offer of an UPDATE or PRACK; `None` refuses it with 488.
pub(crate) fn answer_offer(
    dialog: &mut Dialog,
    negotiation: &mut Negotiation,
    update: EarlyUpdate,
    contact: &NameAddr,
    sdp: Option<Vec<u8>>,
) -> (ServerKey, Response) {
    let EarlyUpdate { key, request } = update;
    let response = match sdp {
        Some(sdp) if negotiation.send() => accept(dialog, &request, contact, Some(sdp)),
        Some(_) | None => {
            negotiation.refuse();
            request.response(Status::NOT_ACCEPTABLE_HERE, None)
        }
    };
    (key, response)
}

/// An UPDATE of ours that offers anew. `None`: not now; an offer is open, or none was answered yet.
pub(crate) fn offer(
    dialog: &mut Dialog,
    negotiation: &mut Negotiation,
    extra: &Headers,
    sdp: Vec<u8>,
) -> Option<Request> {
    if negotiation.owed() != Owed::Nothing || !negotiation.has_agreed() || !negotiation.send() {
        return None;
    }
    let mut update = dialog.request(Method::Update);
    extra.iter().for_each(|header| update.headers.push(header.name().clone(), header.text()));
    update.set_body(&MediaType::sdp(), sdp);
    Some(update)
}

/// The final response to an UPDATE of ours: the answer, if it is one. What was agreed before holds otherwise.
pub(crate) fn answered(dialog: &mut Dialog, negotiation: &mut Negotiation, response: &Response) -> Option<Vec<u8>> {
    let sdp = description(&response.headers, response.body());
    let Some(sdp) = sdp.filter(|_| response.status().is_success() && negotiation.receive_answer()) else {
        if negotiation.owed() == Owed::ToUs {
            negotiation.refuse();
        }
        return None;
    };
    if let Ok(contacts) = response.headers.contacts() {
        dialog.refresh_target(contacts);
    }
    Some(sdp.to_vec())
}

/// The 200 of an UPDATE, which refreshes the target, or of a PRACK, which does not.
pub(crate) fn accept(dialog: &mut Dialog, request: &Request, contact: &NameAddr, sdp: Option<Vec<u8>>) -> Response {
    if let (Method::Update, Ok(contacts)) = (request.method(), request.headers.contacts()) {
        dialog.refresh_target(contacts);
    }
    let mut response = answer(request, Status::OK, &dialog.id().local_tag, contact, &Headers::new());
    if let Some(sdp) = sdp {
        response.set_body(&MediaType::sdp(), sdp);
    }
    response
}
