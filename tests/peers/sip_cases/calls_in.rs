//! Phones call pages.

use super::table::{Case, play};
use crate::support::Side;

/// A call that is answered.
macro_rules! answered {
    ($name:literal, $page:literal, $phone:literal) => {
        Case {
            name: $name,
            config: "{}",
            page: concat!("< start\n> ringing\n> accept\n< ack.accept\n", $page),
            phone: concat!("> INVITE sdp\n<? 100\n< 180\n< 200\n> ACK\n", $phone),
        }
    };
}

/// A call that is not, or no call.
macro_rules! other {
    ($name:literal, $page:literal, $phone:literal) => {
        Case { name: $name, config: "{}", page: $page, phone: $phone }
    };
}

const BEGINNINGS: &[Case] = &[
    answered!("the phone ends", "< end normal", "> BYE\n< 200"),
    answered!("the page ends", "> end normal", "< BYE\n> 200"),
    other!(
        "the page declines",
        "< start\n> ringing\n> end declined",
        "> INVITE sdp\n<? 100\n< 180\n< 603\n> ACK failed"
    ),
    other!("the page is busy", "< start\n> end busy", "> INVITE sdp\n<? 100\n< 486\n> ACK failed"),
    other!(
        "the phone gives up while it rings",
        "< start\n> ringing\n< end canceled",
        "> INVITE sdp\n<? 100\n< 180\n> CANCEL\n< 200\n< 487\n> ACK failed"
    ),
    other!(
        // Whether the page hears of it at all is a matter of who is faster.
        "the phone gives up before it rings",
        "",
        "> INVITE sdp\n< 100\n> CANCEL\n< 200\n< 487\n> ACK failed"
    ),
    other!(
        "an INVITE without an offer",
        "< start\n> ringing\n> accept\n< end normal",
        "> INVITE\n<? 100\n< 180\n< 200 | body: m=audio\n> ACK sdp\n> BYE\n< 200"
    ),
    other!(
        "an INVITE that came twice",
        "< start\n> ringing\n> accept\n< end normal",
        "> INVITE sdp once\n> INVITE sdp again\n<? 100\n< 180\n< 200\n> ACK\n> BYE\n< 200"
    ),
    other!("no codec of ours", "", "> INVITE sdp:unknown\n<? 100\n< 488\n> ACK failed"),
    other!("protected media only", "", "> INVITE sdp:savp\n<? 100\n< 488\n> ACK failed"),
    other!("no description at all", "", "> INVITE sdp:hostile\n<? 100\n< 488\n> ACK failed"),
    other!("a fax", "", "> INVITE sdp:t38\n<? 100\n< 488\n> ACK failed"),
    other!(
        "an extension nobody has",
        "",
        "> INVITE sdp | Require: nothing\n<? 100\n< 420 | Unsupported: nothing\n> ACK failed"
    ),
    other!(
        "no body we read",
        "",
        "> INVITE contactless | Contact: <sip:a@127.0.0.1> | Content-Type: text/plain | Content-Length: [len] |  | hi\n<? 100\n< 415 | Accept: application/sdp\n> ACK failed"
    ),
    other!("a caller who reads no descriptions", "", "> INVITE sdp | Accept: text/plain\n<? 100\n< 406\n> ACK failed"),
    other!("in place of no call", "", "> INVITE sdp | Replaces: x;to-tag=a;from-tag=b\n<? 100\n< 481\n> ACK failed"),
    other!(
        "on hold from the beginning",
        "< start\n> ringing\n> accept\n< info true\n< end normal",
        "> INVITE sdp:hold\n<? 100\n< 180\n< 200 | body: recvonly\n> ACK\npause 300\n> BYE\n< 200"
    ),
    other!(
        "a session timer",
        "< start\n> ringing\n> accept\n< end normal",
        "> INVITE sdp | Supported: timer | Session-Expires: 1800;refresher=uac\n<? 100\n< 180\n< 200 | Session-Expires: 1800\n\
         > ACK\npause 300\n> BYE\n< 200"
    ),
    other!(
        "a session timer that is too short",
        "",
        "> INVITE sdp | Supported: timer | Session-Expires: 60\n<? 100\n< 422 | Min-SE: 90\n> ACK failed"
    ),
    Case {
        name: "ringing that is confirmed",
        config: r#"{"prack":true}"#,
        page: "< start\n> ringing\n> accept\n< end normal",
        phone: "> INVITE sdp | Supported: 100rel\n<? 100\n< 180 | Require: 100rel | RSeq: [0-9]+\n\
                > PRACK | RAck: [$rseq] 1 INVITE\n< 200 | CSeq: PRACK\n< 200 | CSeq: INVITE\n> ACK\n> BYE\n< 200",
    },
    Case {
        name: "nobody answers",
        config: r#"{"ringTimeout":1}"#,
        page: "< start\n> ringing\n< end noAnswer",
        phone: "> INVITE sdp\n<? 100\n< 180\n< 480\n> ACK failed",
    },
    Case {
        name: "nobody who is trusted",
        config: r#"{"trusted":[]}"#,
        page: "",
        phone: "> INVITE sdp\n<? 100\n< 404\n> ACK failed",
    },
];

const STRANGERS: &[Case] = &[
    other!("OPTIONS", "", "> OPTIONS fresh\n< 200 | Allow: INVITE"),
    other!("an unknown method", "", "> FOO fresh\n< 501"),
    other!("REGISTER at us", "", "> REGISTER fresh\n< 405 | Allow: INVITE"),
    other!("SUBSCRIBE at us", "", "> SUBSCRIBE fresh | Event: presence\n< 405"),
    other!("BYE of no call", "", "> BYE fresh\n< 481"),
    other!("UPDATE of no call", "", "> UPDATE fresh sdp\n< 481"),
    other!("INFO of no call", "", "> INFO fresh\n< 481"),
    other!(
        "messages that wait",
        "< state connected ok",
        "> NOTIFY fresh contactless | Event: message-summary | Content-Type: application/simple-message-summary | \
         Content-Length: [len] |  | Messages-Waiting: yes | Voice-Message: 2/1 (0/0)\n< 200"
    ),
    other!("an extension in OPTIONS", "", "> OPTIONS fresh | Require: nothing\n< 420 | Unsupported: nothing"),
];

const IN_CALLS: &[Case] = &[
    answered!(
        "hold and resume",
        "< info true\n< info false\n< end normal",
        "> INVITE sdp:hold\n<? 100\n< 200 | body: recvonly\n> ACK\n\
         > INVITE sdp\n<? 100\n< 200 | body: sendrecv\n> ACK\n> BYE\n< 200"
    ),
    answered!(
        "hold by UPDATE",
        "< info true\n< info false\n< end normal",
        "> UPDATE sdp:hold\n< 200 | body: recvonly\n> UPDATE sdp\n< 200 | body: sendrecv\n> BYE\n< 200"
    ),
    answered!("UPDATE without an offer", "< end normal", "> UPDATE\n< 200\n> BYE\n< 200"),
    answered!(
        "a re-INVITE without an offer",
        "< end normal",
        "> INVITE\n<? 100\n< 200 | body: m=audio\n> ACK sdp\n> BYE\n< 200"
    ),
    answered!("a fax in the call", "< end normal", "> INVITE sdp:t38\n<? 100\n< 488\n> ACK failed\n> BYE\n< 200"),
    answered!(
        "no codec in the call",
        "< end normal",
        "> INVITE sdp:unknown\n<? 100\n< 488\n> ACK failed\n> BYE\n< 200"
    ),
    answered!(
        "the page holds",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> 200 sdp:held\n< ACK\n> BYE\n< 200"
    ),
    answered!(
        "a key by INFO",
        "< dtmf 5\n< end normal",
        "> INFO contactless | Content-Type: application/dtmf-relay | Content-Length: [len] |  | Signal=5 | Duration=160\n\
         < 200\n> BYE\n< 200"
    ),
    answered!("INFO without a body", "< end normal", "> INFO\n< 200\n> BYE\n< 200"),
    answered!(
        "INFO of nothing we know",
        "< end normal",
        "> INFO contactless | Content-Type: text/plain | Content-Length: [len] |  | hi\n< 415\n> BYE\n< 200"
    ),
    answered!(
        "a change of the phone's crosses ours",
        "> change.lock\n< change.lock.ok\n> change.offer sendonly\n< change.answer\n< end normal",
        "< INVITE | body: sendonly\n> INVITE sdp\n<? 100\n< 491\n> ACK failed\n\
         > 200 sdp:held invite\n< ACK\npause 300\n> BYE\n< 200"
    ),
    answered!("REFER without a target", "< end normal", "> REFER\n< 400\n> BYE\n< 200"),
    answered!(
        "REFER to what is no phone",
        "< end normal",
        "> REFER | Refer-To: <mailto:a@b.example>\n< 416\n> BYE\n< 200"
    ),
    answered!("OPTIONS in the call", "< end normal", "> OPTIONS\n< 200\n> BYE\n< 200"),
    answered!("an unknown method in the call", "< end normal", "> FOO\n< 501\n> BYE\n< 200"),
    answered!("a number that goes back", "< end normal", "> INFO cseq:0\n< 500\n> BYE\n< 200"),
    answered!("PRACK of nothing", "< end normal", "> PRACK | RAck: 1 1 INVITE\n< 481\n> BYE\n< 200"),
];

#[test]
fn sip_cases_of_calls_from_phones_that_begin() {
    play(Side::Calls, BEGINNINGS);
}

#[test]
fn sip_cases_of_calls_from_phones_that_go_on() {
    play(Side::Calls, IN_CALLS);
}

#[test]
fn sip_cases_of_requests_without_a_call() {
    play(Side::Calls, STRANGERS);
}
