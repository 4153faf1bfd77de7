//! Bad input: refused with the field, hurts nobody.

use call::candidates::COUNT;
use fastrand::Rng;
use gateway::peer::{Input, Output};
use signal::EndReason;
use signal::call::{Call, Candidate, CandidateBody, Start};

use super::listener::*;

#[test]
fn a_start_without_a_good_offer_is_refused_and_ended() {
    for sdp in [None, Some("nonsense".to_owned())] {
        let mut story = Story::new(start('a', sdp));
        assert_eq!(story.drain(), ["a refused invalidField sdp", "a end notAcceptable"]);
        assert!(story.ring("b").is_empty(), "nobody rings");
        assert_eq!(story.says('a', Call::AckEnd(it('a'))), ["done"]);
    }
}

#[test]
fn a_replayed_id_and_an_unknown_leg_are_refused() {
    let mut story = Story::ringing("b");
    let again = Call::Start(Box::new(start('a', Some(sdp("a")))));
    assert_eq!(story.says('a', again), ["a refused wrongState id"]);
    assert_eq!(story.says('x', candidate('x', HOST)), ["x refused unknownCall id"]);
    assert!(story.says('x', Call::AckEnd(it('x'))).is_empty(), "never answered");
}

#[test]
fn each_side_may_only_say_its_own_words() {
    let mut story = Story::ringing("b");
    for message in [Call::Alive(it('a')), ringing('a'), accept('a'), Call::AckAccept(it('a'))] {
        assert_eq!(story.says('a', message), ["a refused wrongState id"]);
    }
    assert_eq!(story.says('b', Call::AckAccept(it('b'))), ["b refused wrongState id"]);
    assert_eq!(story.says('b', accept('b')), ["b answered", "a accept"], "no harm done");
}

#[test]
fn candidates_are_read_screened_and_bounded() {
    let mut story = Story::talking();
    assert_eq!(story.says('a', candidate('a', "candidate:x")), ["a refused invalidField candidate.payload.candidate"]);
    for hidden in ["127.0.0.1", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1"] {
        let text = format!("candidate:1 1 udp 1 {hidden} 50000 typ host");
        assert!(story.says('a', candidate('a', &text)).is_empty(), "{hidden}");
    }
    let other = CandidateBody { kind: "OTHER".into(), payload: "{}".into() };
    assert!(story.says('a', Call::Candidate(Candidate { id: leg('a'), gcid: None, candidate: other })).is_empty());

    let mut story = Story::ringing("b");
    for _ in 0..COUNT {
        story.says('a', candidate('a', HOST));
    }
    assert_eq!(story.says('a', candidate('a', HOST)), ["a refused limitExceeded candidate"]);
}

#[test]
fn after_the_end_nothing_is_taken() {
    let mut story = Story::talking();
    story.says('a', end('a', "normal"));
    assert_eq!(story.says('a', dtmf('a', "1")), ["a refused wrongState id"]);
    assert!(story.says('a', end('a', "normal")).is_empty(), "confirmed already");
    assert!(story.says('b', dtmf('b', "1")).is_empty(), "it crossed our end");
}

/// Any message at any time from anyone: no panic, and the call can always be ended.
#[test]
fn random_messages_never_keep_a_call_alive() {
    for seed in 0..3_000 {
        let mut rng = Rng::with_seed(seed);
        let mut story = Story::new(start('a', Some(sdp("a"))));
        for _ in 0..60 {
            random_step(&mut story, &mut rng);
        }
        story.feed(Input::End { reason: EndReason::Unavailable, detail: None });
        story.after(120_000);
        assert!(story.done, "seed {seed}: it lives on");
        story.call.handle(story.now, Input::Timeout);
        let left: Vec<Output> = std::iter::from_fn(|| story.call.poll()).collect();
        assert!(left.is_empty(), "seed {seed}: {left:?}");
        let mut names: Vec<_> = story.ended.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        let ends = names.len();
        names.dedup();
        assert_eq!(names.len(), ends, "seed {seed}: a leg ended twice");
    }
}

fn random_step(story: &mut Story, rng: &mut Rng) {
    let name = *rng.choice(&['a', 'b', 'c', 'n', 'm', 'x']).unwrap();
    let text = rng.choice(&[sdp("1"), whole_sdp("2"), "nonsense".to_owned()]).unwrap().clone();
    let message = match rng.u8(0..20) {
        0 => {
            story.ring(&name.to_string());
            return;
        }
        1 => {
            story.after(rng.u64(0..10_000));
            return;
        }
        2 if rng.u8(0..4) == 0 => {
            story.feed(Input::LegLost { leg: leg(name) });
            return;
        }
        3 => {
            let start = Start { replace: true, ..start(*rng.choice(&['n', 'm']).unwrap(), Some(text)) };
            story.feed(Input::TakeOver { leg: leg(name), start: Box::new(start) });
            return;
        }
        4 => Call::Alive(it(name)),
        5 => ringing(name),
        6 => Call::Progress(described(name, text)),
        7 | 8 => accept(name),
        9 => Call::AckAccept(it(name)),
        10 => candidate(name, HOST),
        11 => Call::FullSdp(described(name, text)),
        12 | 13 => Call::ChangeLock(it(name)),
        14 => Call::ChangeLockOk(it(name)),
        15 => Call::ChangeLockReset(it(name)),
        16 => Call::ChangeOffer(described(name, text)),
        17 => Call::ChangeAnswer(described(name, text)),
        18 if rng.u8(0..6) == 0 => end(name, "x"),
        _ => dtmf(name, "1"),
    };
    story.says(name, message);
}
