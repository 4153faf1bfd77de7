//! Every typed reader of a SIP message; what has a written form is written and read back the same.

use std::fmt::{Debug, Display};

use sip::message::{
    CSeq, Headers, MediaType, Message, NameAddr, RAck, Replaces, Valued, Via, description, name, parts,
};
use sip::refer::{Progress, Referral};
use sip::summary::Summary;

pub fn read(message: &Message) {
    let headers = message.headers();
    core(headers);
    addresses(headers);
    extensions(headers);
    let _ = description(headers, message.body());
    if let Ok(Some(kind)) = headers.content_type() {
        back(&kind, MediaType::parse);
        let _ = parts(&kind, message.body());
    }
    if let Message::Request(request) = message {
        let _ = (Referral::of_request(request), Progress::of_notify(request), Summary::of_notify(request));
        let _ = (request.uri().user(), request.uri().is_equivalent(request.uri()));
    }
}

fn core(headers: &Headers) {
    headers.vias().into_iter().flatten().for_each(|via| back(&via, Via::parse));
    headers.cseq().into_iter().for_each(|cseq| back(&cseq, CSeq::parse));
    let _ = (headers.call_id(), headers.max_forwards(), headers.content_length(), headers.accept(), headers.allow());
    let _ = (headers.expires(), headers.min_expires(), headers.retry_after(), headers.warnings());
    for header in [name::REQUIRE, name::SUPPORTED, name::UNSUPPORTED, name::PROXY_REQUIRE, name::ALLOW_EVENTS] {
        let _ = headers.tokens(header);
    }
    for header in [name::WWW_AUTHENTICATE, name::PROXY_AUTHENTICATE, name::AUTHORIZATION, name::PROXY_AUTHORIZATION] {
        let _ = headers.challenges(header);
    }
}

fn addresses(headers: &Headers) {
    headers.from().into_iter().chain(headers.to()).for_each(|address| back(&address, NameAddr::parse));
    for header in [name::ROUTE, name::RECORD_ROUTE, name::PATH, name::SERVICE_ROUTE, name::CONTACT] {
        headers.addresses(header).into_iter().flatten().for_each(|address| back(&address, NameAddr::parse));
    }
    let lists = [headers.asserted_identities(), headers.diversions(), headers.history()];
    lists.into_iter().flatten().flatten().for_each(|address| back(&address, NameAddr::parse));
    let single = [headers.refer_to(), headers.referred_by()];
    single.into_iter().flatten().flatten().for_each(|address| back(&address, NameAddr::parse));
}

fn extensions(headers: &Headers) {
    let _ = (headers.rseq(), headers.min_se(), headers.session_expires(), headers.privacy(), headers.reasons());
    headers.rack().into_iter().flatten().for_each(|rack| back(&rack, RAck::parse));
    headers.replaces().into_iter().flatten().for_each(|replaces| back(&replaces, Replaces::parse));
    headers.event().into_iter().flatten().for_each(|event| back(&event, Valued::parse));
    headers.subscription_state().into_iter().flatten().for_each(|state| back(&state, Valued::parse));
}

/// What was read is written so that it is read again.
fn back<T: Display + Debug + PartialEq>(read: &T, parse: impl Fn(&str) -> Option<T>) {
    let written = read.to_string();
    assert_eq!(parse(&written).as_ref(), Some(read), "{written:?}");
}
