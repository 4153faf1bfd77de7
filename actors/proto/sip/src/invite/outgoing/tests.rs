use super::*;
use crate::message::Headers;
use crate::transaction::samples::{request, response};

const OFFER: &[u8] = b"v=0 offer";

fn outgoing(with_offer: bool) -> Outgoing {
    let mut invite = request("INVITE");
    invite.headers.push(name::CONTACT, "<sip:alice@a.example>");
    describe(&mut invite, with_offer.then(|| OFFER.to_vec()));
    let mut outgoing = Outgoing::new(invite, None);
    assert!(take(&mut outgoing)[0].starts_with("INVITE 1"));
    outgoing
}

fn take(outgoing: &mut Outgoing) -> Vec<String> {
    std::iter::from_fn(|| outgoing.poll()).map(|action| text(&action)).collect()
}

fn text(action: &Action<OutgoingEvent>) -> String {
    let line = |request: &Request| {
        let to = request.headers.to().unwrap().tag().unwrap_or_default().into_owned();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        format!("{} {} {to} {body}", request.method(), request.cseq().unwrap().number).trim().to_owned()
    };
    match action {
        Action::Send(request) | Action::Ack(request) => line(request),
        Action::Cancel => "CANCEL".into(),
        Action::Respond { response, .. } => response.status().to_string(),
        Action::Event(OutgoingEvent::Progress { tag, status, owed, .. }) => format!("{status} {tag} {owed:?}"),
        Action::Event(OutgoingEvent::Answered(answered)) => format!("answered {}", answered.dialog.id().remote_tag),
        Action::Event(OutgoingEvent::EarlyOffer { tag, .. }) => format!("update {tag}"),
        Action::Event(OutgoingEvent::Challenged(_)) => "challenged".into(),
        Action::Event(OutgoingEvent::Redirected(target)) => format!("redirected {target}"),
        Action::Event(OutgoingEvent::Failed { status, .. }) => format!("failed {status}"),
    }
}

fn of_fork(status: u16, tag: &str, sdp: Option<&[u8]>, rseq: Option<u32>) -> Response {
    let mut made = response("INVITE", status);
    made.headers.set(name::TO, format!("<sip:bob@b.example>;tag={tag}"));
    made.headers.push(name::CONTACT, format!("<sip:{tag}@b.example>"));
    if let Some(rseq) = rseq {
        made.headers.push(name::REQUIRE, "100rel");
        made.headers.push(name::RSEQ, rseq);
    }
    if let Some(sdp) = sdp {
        made.set_body(&crate::message::MediaType::sdp(), sdp.to_vec());
    }
    made
}

fn give(outgoing: &mut Outgoing, response: Response) -> Vec<String> {
    outgoing.on_response(Instant::now(), response);
    take(outgoing)
}

#[test]
fn every_fork_is_a_dialog_and_the_first_answer_wins() {
    let mut call = outgoing(true);
    assert!(give(&mut call, response("INVITE", 100)).is_empty());
    assert_eq!(give(&mut call, of_fork(180, "x", None, None)), ["180 x Nothing"]);
    assert_eq!(give(&mut call, of_fork(183, "y", Some(b"v=0"), None)), ["183 y Nothing"]);
    assert_eq!(give(&mut call, of_fork(200, "y", Some(b"v=0"), None)), ["ACK 1 y", "answered y"]);
    assert_eq!(give(&mut call, of_fork(200, "y", Some(b"v=0"), None)), ["ACK 1 y"], "repeated");
    assert_eq!(give(&mut call, of_fork(200, "z", Some(b"v=0"), None)), ["ACK 1 z", "BYE 2 z"], "late");
    assert_eq!(give(&mut call, of_fork(200, "z", Some(b"v=0"), None)), ["ACK 1 z"]);
    assert!(give(&mut call, of_fork(180, "x", None, None)).is_empty());
    call.cancel();
    assert!(take(&mut call).is_empty());
}

#[test]
fn a_cancel_waits_for_a_response_and_a_2xx_that_crosses_is_ended() {
    let mut call = outgoing(true);
    call.cancel();
    assert!(take(&mut call).is_empty());
    assert_eq!(give(&mut call, response("INVITE", 100)), ["CANCEL"]);
    call.cancel();
    assert!(take(&mut call).is_empty());
    assert_eq!(give(&mut call, of_fork(200, "x", Some(b"v=0"), None)), ["ACK 1 x", "BYE 2 x", "failed 487"]);
    let mut call = outgoing(true);
    give(&mut call, of_fork(180, "x", None, None));
    call.cancel();
    assert_eq!(take(&mut call), ["CANCEL"]);
    assert_eq!(give(&mut call, response("INVITE", 487)), ["failed 487"]);
}

#[test]
fn reliable_responses_are_acknowledged_once_and_in_order() {
    let mut call = outgoing(true);
    assert_eq!(give(&mut call, of_fork(183, "x", Some(b"v=0"), Some(7))), ["PRACK 2 x", "183 x Nothing"]);
    assert!(give(&mut call, of_fork(183, "x", Some(b"v=0"), Some(7))).is_empty(), "repeated");
    assert!(give(&mut call, of_fork(180, "x", None, Some(9))).is_empty(), "one is missing");
    let again = of_fork(180, "x", Some(b"v=0"), Some(8));
    assert_eq!(give(&mut call, again), ["PRACK 3 x", "180 x Nothing"], "said again, it is no offer");
    assert_eq!(give(&mut call, of_fork(180, "y", None, Some(1))), ["PRACK 2 y", "180 y Nothing"]);
    assert_eq!(give(&mut call, of_fork(200, "x", None, None)), ["ACK 1 x", "answered x"]);
}

#[test]
fn without_an_offer_of_ours_the_other_side_offers() {
    let mut call = outgoing(false);
    call.on_response(Instant::now(), of_fork(200, "x", Some(b"v=0"), None));
    let Some(Action::Event(OutgoingEvent::Answered(mut answered))) = call.poll() else { panic!("answered") };
    assert_eq!((answered.negotiation.owed(), answered.description.as_deref()), (Owed::ByUs, Some(&b"v=0"[..])));
    call.acknowledge(&mut answered, b"answer".to_vec());
    assert_eq!(take(&mut call), ["ACK 1 x answer"]);
    assert_eq!(give(&mut call, of_fork(200, "x", Some(b"v=0"), None)), ["ACK 1 x answer"]);
}

#[test]
fn an_offer_in_a_reliable_1xx_is_answered_in_its_prack() {
    let mut call = outgoing(false);
    assert_eq!(give(&mut call, of_fork(183, "x", Some(b"v=0"), Some(1))), ["183 x ByUs"]);
    call.answer_early("x", b"answer".to_vec());
    call.answer_early("x", b"again".to_vec());
    assert_eq!(take(&mut call), ["PRACK 2 x answer"]);
    assert_eq!(give(&mut call, of_fork(200, "x", None, None)), ["ACK 1 x", "answered x"]);
}

#[test]
fn a_challenge_is_the_users_to_answer_and_a_small_interval_ours() {
    let mut call = outgoing(true);
    assert_eq!(give(&mut call, response("INVITE", 407)), ["challenged"]);
    call.again();
    assert_eq!(take(&mut call), [format!("INVITE 2  {}", String::from_utf8_lossy(OFFER))]);
    assert!(give(&mut call, response("INVITE", 486)).is_empty(), "of the first INVITE");
    let mut invite = request("INVITE");
    invite.headers.push(name::CONTACT, "<sip:alice@a.example>");
    let mut call = Outgoing::new(invite, Some(TimerPolicy::default()));
    take(&mut call);
    let mut refusal = response("INVITE", 422);
    refusal.headers.push(name::MIN_SE, 5000);
    call.on_response(Instant::now(), refusal.clone());
    let Some(Action::Send(again)) = call.poll() else { panic!("an INVITE") };
    assert_eq!((again.cseq().unwrap().number, again.headers.min_se()), (2, Ok(Some(5000))));
    assert_eq!(again.headers.session_expires().unwrap().unwrap().interval, 5000);
    assert_eq!(give(&mut outgoing(true), refusal), ["failed 422"], "no timer was asked for");
}

#[test]
fn failures_are_told_once() {
    let mut call = outgoing(true);
    assert_eq!(give(&mut call, response("INVITE", 486)), ["failed 486"]);
    call.on_no_response(Status::REQUEST_TIMEOUT);
    assert!(take(&mut call).is_empty() && give(&mut call, response("INVITE", 603)).is_empty());
    let mut call = outgoing(true);
    call.on_no_response(Status::REQUEST_TIMEOUT);
    assert_eq!(take(&mut call), ["failed 408"]);
}

#[test]
fn forks_are_bounded() {
    let mut call = outgoing(true);
    for fork in 0..FORKS {
        give(&mut call, of_fork(180, &format!("f{fork}"), None, None));
    }
    assert_eq!(give(&mut call, of_fork(180, "more", None, None)), ["180  Nothing"]);
    assert_eq!(give(&mut call, of_fork(200, "more", None, None)), ["ACK 1 more", "answered more"]);
    let sent = |call: &mut Outgoing, tag: &str| give(call, of_fork(200, tag, None, None)).len();
    let sent: usize = (0..1_000).map(|fork| sent(&mut call, &format!("m{fork}"))).sum();
    assert_eq!(sent, 2 * (FORKS - 1), "an ACK and a BYE each");
    assert_eq!(give(&mut call, of_fork(200, "m0", None, None)), ["ACK 1 m0"], "repeated");
}

#[test]
fn who_says_ever_more_reliably_gets_no_more_acknowledgements() {
    let mut call = outgoing(true);
    let pracks = (1..=1_000).filter(|rseq| !give(&mut call, of_fork(180, "x", None, Some(*rseq))).is_empty()).count();
    assert_eq!(pracks, 64);
    assert_eq!(give(&mut call, of_fork(200, "x", Some(b"v=0"), None)), ["ACK 1 x", "answered x"]);
}

/// An UPDATE of the called side, in the dialog of `tag`.
fn update(number: u32, tag: &str, sdp: Option<&[u8]>) -> (ServerKey, Request) {
    let mut update = request("UPDATE");
    update.headers.set(name::FROM, format!("<sip:bob@b.example>;tag={tag}"));
    update.headers.set(name::TO, "<sip:alice@a.example>;tag=a");
    update.headers.set(name::CSEQ, CSeq { number, method: Method::Update });
    describe(&mut update, sdp.map(<[u8]>::to_vec));
    (ServerKey::of_request(&update).unwrap(), update)
}

fn give_update(outgoing: &mut Outgoing, number: u32, tag: &str, sdp: Option<&[u8]>) -> Vec<String> {
    let (key, request) = update(number, tag, sdp);
    outgoing.on_request(key, &request);
    take(outgoing)
}

#[test]
fn an_update_offers_anew_before_the_answer() {
    let mut call = outgoing(true);
    give(&mut call, of_fork(180, "x", None, None));
    assert_eq!(give_update(&mut call, 1, "x", Some(b"v=0")), ["491"], "our offer is not answered");
    assert_eq!(give_update(&mut call, 2, "x", None), ["200"]);
    give(&mut call, of_fork(183, "x", Some(b"v=0"), Some(1)));
    assert_eq!(give_update(&mut call, 3, "x", Some(b"v=0")), ["update x"]);
    assert_eq!(give_update(&mut call, 4, "x", Some(b"v=0")), ["500"], "one is open");
    call.answer_update("x", Some(b"answer".to_vec()));
    assert_eq!(take(&mut call), ["200"]);
    assert_eq!(
        (give_update(&mut call, 5, "y", None), give_update(&mut call, 1, "x", None)),
        (vec!["481".to_owned()], vec!["500".to_owned()])
    );
    assert_eq!(give_update(&mut call, 6, "x", Some(b"v=0")), ["update x"]);
    assert_eq!(give(&mut call, of_fork(200, "x", None, None)), ["488", "ACK 1 x", "answered x"]);
}

#[test]
fn an_update_of_ours_needs_an_agreement_with_that_fork() {
    let mut call = outgoing(true);
    give(&mut call, of_fork(183, "x", Some(b"v=0"), None));
    assert!(!call.update("x", b"v=0 new".to_vec()), "an unreliable answer is none");
    give(&mut call, of_fork(183, "y", Some(b"v=0"), Some(1)));
    assert!(call.update("y", b"v=0 new".to_vec()) && !call.update("y", b"v=0 more".to_vec()));
    let Some(Action::Send(update)) = call.poll() else { panic!("an UPDATE") };
    assert_eq!((update.method(), update.cseq().unwrap().number), (&Method::Update, 3));
    let mut answer = update.response(Status::OK, None);
    answer.set_body(&crate::message::MediaType::sdp(), b"v=0 theirs".to_vec());
    assert_eq!(give(&mut call, answer.clone()), ["200 y Nothing"]);
    assert!(give(&mut call, answer).is_empty(), "once");
    assert!(call.update("y", b"v=0 new".to_vec()));
    take(&mut call);
    assert_eq!(give(&mut call, of_fork(200, "y", None, None)), ["ACK 1 y", "answered y"]);
}

#[test]
fn only_a_challenge_is_repeated() {
    let mut call = outgoing(true);
    call.again();
    assert!(take(&mut call).is_empty(), "it is under way");
    give(&mut call, of_fork(200, "x", Some(b"v=0"), None));
    call.again();
    assert!(take(&mut call).is_empty(), "it is answered");
}

fn moved(contact: &str) -> Response {
    let mut response = response("INVITE", 302);
    response.headers.push(name::CONTACT, contact);
    response
}

/// The response to an INVITE sent again with `number`.
fn numbered(status: u16, number: u32) -> Response {
    let mut response = response("INVITE", status);
    response.headers.set(name::CSEQ, CSeq { number, method: Method::Invite });
    response
}

#[test]
fn a_redirection_keeps_the_call_and_raises_its_number() {
    let mut call = outgoing(true);
    let first = call.invite.clone();
    give(&mut call, of_fork(180, "x", None, None));
    let heard = give(&mut call, moved("<sip:c@c.example>, <sip:d@d.example>;q=0.5, <sip:bob@b.example>"));
    assert_eq!(heard, ["redirected sip:c@c.example"]);
    call.redirect(Uri::parse("sip:c@c.example"));
    let Some(Action::Send(invite)) = call.poll() else { panic!("an INVITE") };
    assert_eq!((invite.uri().to_string(), invite.cseq().unwrap().number), ("sip:c@c.example".into(), 2));
    let same = |read: fn(&Headers) -> String| assert_eq!(read(&invite.headers), read(&first.headers));
    same(|headers| headers.call_id().unwrap());
    same(|headers| headers.from().unwrap().to_string());
    same(|headers| headers.to().unwrap().to_string());
    assert_eq!(invite.body(), OFFER);
    // A loop: who was called already is not called again; the next of the first 3xx is.
    let mut back = numbered(302, 2);
    back.headers.push(name::CONTACT, "<sip:bob@b.example>");
    assert_eq!(give(&mut call, back), ["redirected sip:d@d.example"]);
    call.redirect(None);
    assert_eq!(take(&mut call), ["failed 302"]);
}

#[test]
fn the_next_target_is_called_after_a_failure_but_not_after_a_6xx() {
    for (status, heard) in [(486, "redirected sip:d@h"), (603, "failed 603")] {
        let mut call = outgoing(true);
        give(&mut call, moved("<sip:c@h>, <sip:d@h>"));
        call.redirect(Uri::parse("sip:c@h"));
        take(&mut call);
        assert_eq!(give(&mut call, numbered(status, 2)), [heard]);
        call.cancel();
        let cancelled = take(&mut call);
        assert_eq!(cancelled.is_empty(), status == 603, "{cancelled:?}");
    }
    let mut call = outgoing(true);
    give(&mut call, moved("<sip:c@h>, <sip:d@h>"));
    call.redirect(Uri::parse("sip:c@h"));
    take(&mut call);
    call.on_no_response(Status::REQUEST_TIMEOUT);
    assert_eq!(take(&mut call), ["redirected sip:d@h"]);
    call.redirect(Uri::parse("sip:c@h"));
    assert_eq!(take(&mut call), ["failed 408"], "rewritten into who was called already");
}
