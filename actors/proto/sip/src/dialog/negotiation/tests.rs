use super::*;

#[test]
fn an_offer_is_answered_in_either_direction() {
    let mut ours = Negotiation::new();
    assert!(ours.send() && ours.owed() == Owed::ToUs && !ours.has_agreed());
    assert!(ours.receive_answer() && ours.owed() == Owed::Nothing && ours.has_agreed());
    let mut theirs = Negotiation::new();
    assert_eq!((theirs.receive_offer(), theirs.owed()), (Ok(()), Owed::ByUs));
    assert!(theirs.send() && theirs.has_agreed());
}

#[test]
fn crossing_and_second_offers_are_refused() {
    let mut one = Negotiation::new();
    one.send();
    assert!(!one.send());
    assert_eq!(one.receive_offer().map_err(Refusal::status), Err(Status::REQUEST_PENDING));
    let mut other = Negotiation::new();
    other.receive_offer().unwrap();
    assert_eq!(other.receive_offer().map_err(Refusal::status), Err(Status::SERVER_INTERNAL_ERROR));
    assert!(!other.receive_answer());
}

#[test]
fn a_refused_offer_leaves_what_was_agreed() {
    let mut one = Negotiation::new();
    one.send();
    one.receive_answer();
    one.send();
    one.refuse();
    assert!(one.owed() == Owed::Nothing && one.has_agreed() && !one.receive_answer());
}

/// Any order of steps: at most one offer is open, and both ends agree on whose it is.
#[test]
fn two_ends_never_both_owe_an_answer() {
    let mut rng = fastrand::Rng::with_seed(3);
    for _ in 0..2_000 {
        let mut ends = [Negotiation::new(), Negotiation::new()];
        for _ in 0..20 {
            let side = rng.usize(..2);
            let was = ends[side].owed();
            match (rng.u8(..3), was) {
                (0, Owed::Nothing) if ends[1 - side].owed() == Owed::Nothing => {
                    assert!(ends[side].send() && ends[1 - side].receive_offer().is_ok());
                }
                (1, Owed::ByUs) => assert!(ends[side].send() && ends[1 - side].receive_answer()),
                (2, Owed::ByUs) => ends.iter_mut().for_each(Negotiation::refuse),
                _ => {}
            }
            let owed = (ends[0].owed(), ends[1].owed());
            assert!(
                matches!(owed, (Owed::Nothing, Owed::Nothing) | (Owed::ToUs, Owed::ByUs) | (Owed::ByUs, Owed::ToUs)),
                "{owed:?}"
            );
        }
    }
}
