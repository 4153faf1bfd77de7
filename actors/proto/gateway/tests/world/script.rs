//! What goes wrong, and when; all from the seed.

use fastrand::Rng;
use signal::EndReason;

/// One fault or wish. Browsers are named by their place: 0 calls, the others are called.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The socket of the browser is away for so many ms, then resumes.
    Away(usize, u64),
    /// The browser never comes back.
    Gone(usize),
    /// The grace of that page's socket is over (not of the script: follows `Gone` and `Reload`).
    Lost(usize),
    /// The page is reloaded and claims its call.
    Reload(usize),
    /// The user wants a change.
    Change(usize),
    /// The user hangs up.
    HangUp(usize),
    /// A key is pressed.
    Dtmf(usize),
    /// A device that connects while it rings.
    LateDevice,
    /// The engine ends the call.
    Drain,
    /// Everything has had its time: the case is judged, then ended.
    Judge,
}

/// Faults happen before this, in ms.
pub const FAULTS_END: u64 = 40_000;
/// When the case is judged, in ms: all bounds of lost sockets have passed.
pub const JUDGE: u64 = 200_000;

/// How a called device reacts.
#[derive(Clone, Debug)]
pub enum Reaction {
    /// After so many ms.
    Accept(u64),
    /// `call.end` with that word.
    End(u64, &'static str),
    /// Nobody is there.
    Ignore,
}

/// The faults of a case with `browsers` devices, by time.
pub fn faults(rng: &mut Rng, browsers: usize) -> Vec<(u64, Fault)> {
    let mut faults = vec![(JUDGE, Fault::Judge)];
    let mut often = |rng: &mut Rng, most: usize, make: &dyn Fn(&mut Rng) -> Fault| {
        for _ in 0..rng.usize(0..=most) {
            let at = rng.u64(0..FAULTS_END);
            faults.push((at, make(rng)));
        }
    };
    let anyone = move |rng: &mut Rng| rng.usize(0..browsers);
    often(rng, 2, &|rng| Fault::Away(anyone(rng), *rng.choice(&[300, 1_000, 5_000, 15_000]).unwrap()));
    often(rng, 6, &|rng| Fault::Change(anyone(rng)));
    often(rng, 2, &|rng| Fault::Dtmf(anyone(rng)));
    if rng.bool() {
        // Both at once.
        let at = rng.u64(5_000..FAULTS_END);
        faults.extend((0..browsers).map(|browser| (at + rng.u64(0..50), Fault::Change(browser))));
    }
    if rng.u32(0..6) == 0 {
        // A page is reloaded in the midst of a change, maybe while the other is away.
        let at = rng.u64(5_000..FAULTS_END);
        let (one, other) = (anyone(rng), anyone(rng));
        faults.push((at, Fault::Change(anyone(rng))));
        faults.push((at + rng.u64(0..200), Fault::Away(other, rng.u64(0..20_000))));
        faults.push((at + rng.u64(0..400), Fault::Reload(one)));
    }
    rare(rng, 4, &mut faults, |rng| Fault::Reload(rng.usize(0..browsers)));
    rare(rng, 4, &mut faults, |_| Fault::LateDevice);
    rare(rng, 10, &mut faults, |rng| Fault::Reload(rng.usize(0..browsers)));
    rare(rng, 10, &mut faults, |rng| Fault::Gone(rng.usize(0..browsers)));
    rare(rng, 8, &mut faults, |rng| Fault::HangUp(rng.usize(0..browsers)));
    rare(rng, 40, &mut faults, |_| Fault::Drain);
    faults
}

fn rare(rng: &mut Rng, one_in: u32, faults: &mut Vec<(u64, Fault)>, make: impl Fn(&mut Rng) -> Fault) {
    if rng.u32(0..one_in) == 0 {
        let at = rng.u64(0..FAULTS_END);
        faults.push((at, make(rng)));
    }
}

/// How a device reacts; devices of one user often react at once.
pub fn reaction(rng: &mut Rng) -> Reaction {
    match rng.u32(0..20) {
        0..=12 => Reaction::Accept(rng.u64(0..3_000)),
        13 => Reaction::Accept(rng.u64(0..20_000)),
        14 => Reaction::End(rng.u64(0..5_000), EndReason::Declined.word()),
        15 | 16 => Reaction::End(rng.u64(0..5_000), EndReason::Busy.word()),
        17 => Reaction::End(rng.u64(0..5_000), "aborted"),
        _ => Reaction::Ignore,
    }
}
