//! Pages call phones.

use super::table::{Case, play};
use crate::support::Side;

/// A refusal, and the reason the page hears.
macro_rules! refused {
    ($code:literal, $reason:literal) => {
        Case {
            name: concat!("refused with ", $code),
            config: "{}",
            page: concat!("> connect\n< state connected\n> start bob\n< end ", $reason),
            phone: concat!("< INVITE\n> ", $code, "\n< ACK"),
        }
    };
}

const REFUSALS: &[Case] = &[
    refused!("400", "unavailable"),
    refused!("403", "forbidden"),
    refused!("404", "notFound"),
    refused!("406", "notAcceptable"),
    refused!("408", "noAnswer"),
    refused!("410", "notFound"),
    refused!("415", "notAcceptable"),
    refused!("416", "notFound"),
    refused!("480", "unavailable"),
    refused!("484", "notFound"),
    refused!("486", "busy"),
    refused!("487", "canceled"),
    refused!("488", "notAcceptable"),
    refused!("500", "unavailable"),
    refused!("503", "unavailable"),
    refused!("504", "noAnswer"),
    refused!("600", "busy"),
    refused!("603", "declined"),
    refused!("604", "notFound"),
    refused!("606", "notAcceptable"),
    refused!("607", "forbidden"),
    refused!("480 | Reason: Q.850;cause=17", "busy"),
    refused!("480 | Reason: Q.850;cause=19", "noAnswer"),
    refused!("401", "forbidden"),
];

/// A call, up to `call.start`.
macro_rules! dialled {
    ($name:literal, $config:literal, $page:expr, $phone:expr) => {
        Case {
            name: $name,
            config: $config,
            page: concat!("> connect\n< state connected\n> start bob\n", $page),
            phone: concat!("< INVITE\n", $phone),
        }
    };
}

/// The same, answered at once.
macro_rules! answered {
    ($name:literal, $config:literal, $page:expr, $phone:expr) => {
        dialled!($name, $config, concat!("< accept\n> ack.accept\n", $page), concat!("> 200 sdp\n< ACK\n", $phone))
    };
}

const BEGINNINGS: &[Case] = &[
    dialled!(
        "ringing, answered, the page ends",
        "{}",
        "< ringing\n< accept\n> ack.accept\n> end normal",
        "> 100\n> 180\n> 200 sdp\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "early media, then the same with the answer",
        "{}",
        "< progress\n< accept\n> ack.accept\n> end normal",
        "> 183 sdp\npause 300\n> 200 sdp\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "early media is the answer where the 200 has none",
        "{}",
        "< progress\n< accept\n> ack.accept\n> end normal",
        "> 183 sdp\npause 300\n> 200\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "the answer is on the heels of early media",
        "{}",
        "< accept\n> ack.accept\n> end normal",
        "> 183 sdp\n> 200 sdp\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "a reliable 183 is confirmed",
        "{}",
        "< progress\n< accept\n> ack.accept\n> end normal",
        "> 183 sdp | Require: 100rel | RSeq: 1\n< PRACK | RAck: 1\n> 200\npause 300\n> 200 invite\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "the page gives up while it rings",
        "{}",
        "< ringing\n> end canceled",
        "> 180\n< CANCEL\n> 200\n> 487 invite\n< ACK"
    ),
    dialled!(
        "the answer crosses the CANCEL",
        "{}",
        "< ringing\n> end canceled",
        "> 180\n< CANCEL\n> 200\n> 200 sdp invite\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "one of two forks that ring answers",
        "{}",
        "< ringing\n< accept\n> ack.accept\n> end normal",
        "> 180\n> 180 invite tag:b\n> 200 sdp invite tag:b\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "two forks have early media, one of them answers",
        "{}",
        "< progress\n< accept\n> ack.accept\n> end normal",
        "> 183 sdp\n> 183 sdp invite tag:b\npause 300\n> 200 sdp invite tag:b\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "a redirection is followed",
        "{}",
        "< accept\n> ack.accept\n> end normal",
        "> 302\n< ACK\n< INVITE\n> 200 sdp fresh\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "nobody answers",
        r#"{"ringTimeout":1}"#,
        "< ringing\n< end noAnswer",
        "> 180\n< CANCEL\n> 200\n> 487 invite\n< ACK"
    ),
    dialled!(
        "two forks answer, the second is hung up",
        "{}",
        "< accept\n> ack.accept\n< end normal",
        "> 200 sdp\n< ACK\n> 200 sdp invite tag:b\n< ACK\n< BYE\n> 200\npause 300\n> BYE\n< 200"
    ),
    dialled!("an answer without media", "{}", "< end notAcceptable", "> 200\n< ACK\n< BYE\n> 200"),
    dialled!("an answer with no codec of ours", "{}", "< end notAcceptable", "> 200 sdp:unknown\n< ACK\n< BYE\n> 200"),
    dialled!("an answer that is no description", "{}", "< end notAcceptable", "> 200 sdp:hostile\n< ACK\n< BYE\n> 200"),
    dialled!(
        "an answer that refuses the audio",
        "{}",
        "< end notAcceptable",
        "> 200 sdp:disabled\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "challenged",
        "{}",
        "< accept\n> ack.accept\n> end normal",
        "> 407 | Proxy-Authenticate: Digest realm=\"127.0.0.1\", nonce=\"n1\", algorithm=MD5, qop=\"auth\"\n< ACK\n\
         < INVITE | Proxy-Authorization: n1\n> 200 sdp fresh\n< ACK\n< BYE\n> 200"
    ),
    dialled!(
        "a session timer that is too short is asked for again",
        "{}",
        "< accept\n> ack.accept\n> end normal",
        "> 422 | Min-SE: 2400\n< ACK\n< INVITE | Session-Expires: 2400\n> 200 sdp fresh\n< ACK\n< BYE\n> 200"
    ),
];

const IN_CALLS: &[Case] = &[
    answered!("the phone ends", "{}", "< end normal", "pause 300\n> BYE\n< 200"),
    answered!(
        "the phone holds and resumes",
        "{}",
        "< info true\n< info false\n< end normal",
        "pause 300\n> INVITE sdp:hold\n<? 100\n< 200 | body: recvonly\n> ACK\n\
         > INVITE sdp\n<? 100\n< 200 | body: sendrecv\n> ACK\n> BYE\n< 200"
    ),
    answered!(
        "the page holds",
        "{}",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> 200 sdp:held\n< ACK\n> BYE\n< 200"
    ),
    answered!(
        "the phone wants changes at the same time",
        "{}",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> 491\n< ACK\n< INVITE | body: sendonly\n> 200 sdp:held\n< ACK\n> BYE\n< 200"
    ),
    answered!(
        "the phone refuses the change",
        "{}",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> 488\n< ACK\npause 300\n> BYE\n< 200"
    ),
    answered!(
        "a change of the phone's crosses ours",
        "{}",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> INVITE sdp\n<? 100\n< 491\n> ACK failed\n\
         > 200 sdp:held invite\n< ACK\npause 300\n> BYE\n< 200"
    ),
    answered!("the phone had hung up already", "{}", "> end normal", "< BYE\n> 481"),
    answered!(
        "keys go as INFO",
        r#"{"dtmf":"info"}"#,
        "> dtmf 5\n< end normal",
        "< INFO | body: Signal=5\n> 200\n> BYE\n< 200"
    ),
    answered!(
        "the page hands the call on",
        "{}",
        "> transfer sip:carol@127.0.0.1\n< transfer.state trying\n< transfer.state failed\n> end normal",
        "< REFER | Refer-To: carol\n> 603\n< BYE\n> 200"
    ),
];

/// What waits for 64*T1.
const SLOW: &[Case] = &[
    dialled!("no answer at all", "{}", "< end noAnswer", "pause 33000"),
    answered!("the phone never answers a BYE", "{}", "> end normal", "< BYE\npause 33000"),
];

#[test]
fn sip_cases_of_calls_to_phones_that_say_nothing() {
    play(Side::Answers, SLOW);
}

#[test]
fn sip_cases_of_calls_to_phones_that_begin() {
    play(Side::Answers, BEGINNINGS);
}

#[test]
fn sip_cases_of_calls_to_phones_that_go_on() {
    play(Side::Answers, IN_CALLS);
}

#[test]
fn sip_cases_of_calls_that_phones_refuse() {
    play(Side::Answers, REFUSALS);
}
