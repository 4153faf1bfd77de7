//! Messages made from a seed, written and read again.

use fastrand::Rng;
use serde_json::{Map, Value};
use signal::account::{AccountState, State, StateReason};
use signal::call::{self, Call, CandidateInit};
use signal::conference::{self, Conference};
use signal::envelope::Ref;
use signal::reason::TABLE;
use signal::session::{Account, Expiring, IceServer, IceServers, Network, Opened, Pong, RefusalKind, Validated};
use signal::{AccountId, Address, CallId, ClientId, Code, Connector, EndReason, Error, Gcid, Message, ParticipantId};
use uuid::Uuid;

fn uuid(rng: &mut Rng) -> Uuid {
    Uuid::from_u128(rng.u128(..))
}

/// Text with everything JSON must escape, but no control characters.
fn text(rng: &mut Rng) -> String {
    let alphabet =
        ['a', 'Z', '0', '"', '\\', '/', ' ', '{', '[', ']', '}', ':', 'ü', '\u{2028}', '\u{1F4DE}', '\u{FEFF}'];
    (0..rng.usize(1..20)).map(|_| alphabet[rng.usize(..alphabet.len())]).collect()
}

fn sdp(rng: &mut Rng) -> String {
    format!("v=0\r\ns={}\r\n\t\u{0}", text(rng))
}

fn maybe<T>(rng: &mut Rng, make: impl FnOnce(&mut Rng) -> T) -> Option<T> {
    rng.bool().then(|| make(rng))
}

fn gcid(rng: &mut Rng) -> Option<Gcid> {
    maybe(rng, |rng| Gcid::parse(&format!("g.{}_-", rng.u64(..))).unwrap())
}

fn reason(rng: &mut Rng) -> EndReason {
    TABLE[rng.usize(..TABLE.len())].reason
}

fn peer(rng: &mut Rng) -> Option<call::Peer> {
    maybe(rng, |rng| call::Peer { uri: text(rng), name: maybe(rng, text) })
}

fn some_call(rng: &mut Rng) -> Call {
    let (id, gcid) = (CallId(uuid(rng)), gcid(rng));
    let leg = call::CallRef { id, gcid: gcid.clone() };
    let described = call::Described { id, gcid: gcid.clone(), sdp: sdp(rng) };
    match rng.u8(..19) {
        0 => Call::Start(Box::new(call::Start {
            id,
            gcid,
            account: maybe(rng, |rng| AccountId(uuid(rng))),
            replace: rng.bool(),
            trickle: rng.bool(),
            target: text(rng),
            sdp: maybe(rng, sdp),
            peer: peer(rng),
            media: maybe(rng, |rng| call::Media { audio: rng.bool(), video: rng.bool() }),
        })),
        1 => Call::Alive(leg),
        2 => Call::Ringing(call::Ringing { id, gcid, account: None }),
        3 => Call::Progress(described),
        4 => Call::Accept(call::Accept { id, gcid, account: None, trickle: rng.bool(), sdp: maybe(rng, sdp) }),
        5 => Call::AckAccept(leg),
        6 => Call::Candidate(candidate(rng, id, gcid)),
        7 => Call::FullSdp(described),
        8 => Call::ChangeLock(leg),
        9 => Call::ChangeLockOk(leg),
        10 => Call::ChangeLockReset(leg),
        11 => Call::ChangeOffer(described),
        12 => Call::ChangeAnswer(described),
        13 => {
            let duration_ms = maybe(rng, |rng| rng.u32(40..=10_000));
            Call::Dtmf(call::Dtmf { id, gcid, dtmf: "19*#AD,".into(), duration_ms, account: None })
        }
        14 => Call::End(call::End { id, gcid, reason: maybe(rng, text), detail: maybe(rng, text) }),
        15 => Call::AckEnd(leg),
        16 => Call::Transfer(match rng.bool() {
            true => call::Transfer { id, gcid, target: Some(text(rng)), replaces: None },
            false => call::Transfer { id, gcid, target: None, replaces: Some(CallId(uuid(rng))) },
        }),
        17 => {
            let state = call::TRANSFER_STATES[rng.usize(..4)].to_owned();
            Call::TransferState(call::TransferState { id, gcid, state, reason: maybe(rng, reason) })
        }
        _ => {
            let more: Map<String, Value> =
                (0..rng.usize(..4)).map(|n| (format!("{n}{}", text(rng)), n.into())).collect();
            Call::Info(call::Info { id, gcid, held: maybe(rng, Rng::bool), peer: peer(rng), more })
        }
    }
}

fn candidate(rng: &mut Rng, id: CallId, gcid: Option<Gcid>) -> call::Candidate {
    let init = CandidateInit {
        candidate: text(rng),
        sdp_mid: maybe(rng, text),
        sdp_mline_index: maybe(rng, |rng| rng.u16(..)),
        username_fragment: maybe(rng, text),
    };
    let candidate = call::Candidate::new(id, gcid, &init);
    assert_eq!(candidate.init(), Ok(Some(init)));
    candidate
}

fn member(rng: &mut Rng) -> conference::Participant {
    let kinds = [conference::Kind::Browser, conference::Kind::Phone, conference::Kind::Xmpp];
    conference::Participant {
        id: ParticipantId(uuid(rng)),
        display_name: text(rng),
        role: if rng.bool() { conference::Role::Moderator } else { conference::Role::Participant },
        kind: kinds[rng.usize(..3)],
        audio: rng.bool(),
        video: rng.bool(),
        muted: rng.bool(),
    }
}

fn some_conference(rng: &mut Rng) -> Conference {
    let (id, gcid, own) = (CallId(uuid(rng)), gcid(rng), ParticipantId(uuid(rng)));
    let tracks = (0..rng.usize(..3)).map(|n| conference::Track { mid: n.to_string(), participant: own }).collect();
    let session = conference::Description { id, gcid: gcid.clone(), sdp: sdp(rng), tracks };
    match rng.u8(..12) {
        0 => Conference::Join(Box::new(conference::Join {
            id,
            gcid,
            name: text(rng),
            display_name: text(rng),
            pin: maybe(rng, text),
            trickle: rng.bool(),
            sdp: maybe(rng, sdp),
        })),
        1 => Conference::Joined(Box::new(conference::Joined {
            id,
            gcid,
            name: text(rng),
            own,
            role: conference::Role::Participant,
            sdp: maybe(rng, sdp),
            participants: (0..rng.usize(..4)).map(|_| member(rng)).collect(),
            locked: rng.bool(),
            recording: rng.bool(),
        })),
        2 => {
            use conference::ParticipantEvent::{Changed, Joined, Left};
            let event = [Joined, Left, Changed][rng.usize(..3)];
            Conference::Participant(conference::ParticipantChange { id, gcid, event, participant: member(rng) })
        }
        3 => Conference::Offer(session),
        4 => Conference::Answer(session),
        5 => {
            let video = conference::Video { participant: own, width: rng.u32(..=8192), height: rng.u32(..=8192) };
            Conference::Subscribe(conference::Subscribe { id, gcid, videos: vec![video; rng.usize(..4)] })
        }
        6 => Conference::Speakers(conference::Speakers { id, gcid, speakers: vec![own; rng.usize(..4)] }),
        7 => Conference::Moderate(conference::Moderate {
            id,
            gcid,
            action: conference::ModerateAction::Role,
            participant: Some(own),
            role: Some(conference::Role::Moderator),
        }),
        8 => Conference::Message(conference::Chat { id, gcid, sender: Some(own), participant: None, text: text(rng) }),
        9 => Conference::File(conference::File {
            id,
            gcid,
            sender: maybe(rng, |rng| ParticipantId(uuid(rng))),
            name: text(rng),
            url: format!("https://{}", text(rng)),
            size_bytes: maybe(rng, |rng| rng.u64(..)),
            media_type: maybe(rng, text),
        }),
        10 => Conference::Leave(conference::Leave { id, gcid }),
        _ => Conference::Ended(conference::Ended { id, gcid, reason: reason(rng), detail: maybe(rng, text) }),
    }
}

fn some_validated(rng: &mut Rng) -> Validated {
    if rng.bool() {
        return RefusalKind::InvalidToken.into();
    }
    let network = Network { tag: text(rng), connector: text(rng), capabilities: vec![text(rng)] };
    let target = Address::new(Connector::Sip, uuid(rng));
    let account = Account { identifier: text(rng), target, network };
    let server = IceServer { urls: vec![text(rng)], username: maybe(rng, text), credential: maybe(rng, text) };
    Validated::Ok(Box::new(Opened {
        result: true,
        accounts: (0..rng.usize(..4)).map(|_| (AccountId(uuid(rng)), account.clone())).collect(),
        client: ClientId(uuid(rng)),
        ice_servers: vec![server; rng.usize(..3)],
        resumed: rng.bool(),
        ack: maybe(rng, |rng| rng.u64(..)),
        expires: rng.u64(..),
    }))
}

fn some_message(rng: &mut Rng) -> Message {
    match rng.u8(..8) {
        6 => Message::Pong(Pong {}),
        7 => Message::IceServers(IceServers { ice_servers: Vec::new() }),
        0 => Message::Validated(some_validated(rng)),
        1 => Message::Expiring(Expiring { in_s: rng.u64(..) }),
        2 => Message::State(AccountState {
            id: AccountId(uuid(rng)),
            state: State::Failed,
            reason: StateReason::Timeout,
            detail: maybe(rng, text),
            retry_in_s: maybe(rng, |rng| rng.u64(..)),
        }),
        3 => Message::Call(some_call(rng)),
        4 => Message::Conference(some_conference(rng)),
        _ => {
            let mut error = Error::new(Code::WrongState, text(rng));
            error.reference =
                maybe(rng, |rng| if rng.bool() { Ref::Number(rng.i64(..)) } else { Ref::Text(text(rng)) });
            error.method = maybe(rng, text);
            Message::Error(error)
        }
    }
}

#[test]
fn read_as_they_were_written() {
    let mut rng = Rng::with_seed(0x5167);
    for round in 0..20_000 {
        let message = some_message(&mut rng);
        let body = serde_json::to_string(&message).unwrap();
        assert_eq!(Message::read(message.method(), &body), Ok(message), "round {round}: {body}");
    }
}

#[test]
fn read_as_they_were_written_fit_the_schema() {
    let schema = crate::vectors::validator("engine");
    let mut rng = Rng::with_seed(7);
    for round in 0..2_000 {
        let message = some_message(&mut rng);
        let address = Address::new(Connector::Browser, uuid(&mut rng));
        let (method, from) = (message.method(), Address::CORE);
        let frame = signal::Outgoing { method, from, to: address, session: "", body: &message, seq: Some(round + 1) };
        let frame = serde_json::to_value(&frame).unwrap();
        assert!(schema.is_valid(&frame), "{frame}");
    }
}

/// Found by fuzzing: a reader that rounds passes on another number than the one that came.
#[test]
fn a_number_passed_on_is_the_number_that_came() {
    let digits = format!("1{}6", "8".repeat(129));
    let body = format!(r#"{{"id":"00000011-1111-4222-8333-444455556666","quality":{digits}}}"#);
    let read = Message::read("call.info", &body).unwrap();
    let again = Message::read("call.info", &serde_json::to_string(&read).unwrap());
    assert_eq!(again, Ok(read));
}
