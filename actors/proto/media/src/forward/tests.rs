use super::*;

const FRAME: u32 = 960;
const PERIOD: Duration = Duration::from_millis(20);

fn packet(ssrc: u32, sequence: u64, timestamp: u32) -> Source {
    Source { ssrc, layer: None, sequence, timestamp, clock_rate: 48_000 }
}

fn layer(ssrc: u32, layer: &str, sequence: u64) -> Source {
    Source { layer: Some(Rid::from(layer)), ..packet(ssrc, sequence, sequence as u32 * FRAME) }
}

/// Sends `count` packets 20 ms apart and returns where they went.
fn run(forward: &mut Forward, now: &mut Instant, first: Source, count: u64) -> Vec<Position> {
    let mut sent = Vec::new();
    for index in 0..count {
        *now += PERIOD;
        let mut source = first;
        source.sequence += index;
        source.timestamp = first.timestamp.wrapping_add(index as u32 * FRAME);
        sent.extend(forward.map(*now, &source));
    }
    sent
}

#[track_caller]
fn assert_continuous(sent: &[Position]) {
    for pair in sent.windows(2) {
        let [a, b] = pair else { continue };
        assert_eq!(b.sequence, a.sequence + 1);
        assert_eq!(b.timestamp.wrapping_sub(a.timestamp), FRAME);
    }
}

#[test]
fn another_ssrc_goes_on_where_the_last_one_stopped() {
    let (mut forward, mut now) = (Forward::new(u64::MAX), Instant::now());
    let mut sent = run(&mut forward, &mut now, packet(1, 65_530, 4_294_967_000), 10);
    sent.extend(run(&mut forward, &mut now, packet(2, 7, 99), 10));
    assert_eq!(sent.len(), 20);
    assert_continuous(&sent);
    assert_eq!(sent.iter().filter(|p| p.switched).count(), 1);
    assert!(sent[0].sequence <= 0x8000, "no early roll-over");
}

#[test]
fn loss_and_reordering_are_passed_as_they_are() {
    let (mut forward, now) = (Forward::new(5), Instant::now());
    let at = |f: &mut Forward, s| f.map(now, &packet(1, s, s as u32 * FRAME)).map(|p| p.sequence);
    let first = at(&mut forward, 100).expect("the first is sent");
    assert_eq!(at(&mut forward, 103), Some(first + 3));
    assert_eq!(at(&mut forward, 101), Some(first + 1));
    assert_eq!(at(&mut forward, 104), Some(first + 4));
}

#[test]
fn packets_taken_out_leave_no_gap() {
    let (mut forward, mut now) = (Forward::new(5), Instant::now());
    let mut sent = run(&mut forward, &mut now, packet(1, 100, 0), 3);
    for sequence in 103..106 {
        forward.skip(&packet(1, sequence, 3 * FRAME));
    }
    sent.extend(run(&mut forward, &mut now, packet(1, 106, 3 * FRAME), 3));
    assert_continuous(&sent);
    assert_eq!(forward.map(now, &packet(1, 104, 0)), None, "its place is taken");
}

#[test]
fn late_packets_of_the_source_before_do_not_take_the_stream_back() {
    let (mut forward, mut now) = (Forward::new(5), Instant::now());
    run(&mut forward, &mut now, packet(1, 100, 0), 3);
    run(&mut forward, &mut now, packet(2, 500, 0), 3);
    assert_eq!(forward.map(now, &packet(1, 103, 0)), None);
    let back = forward.map(now + SOURCE_SILENT, &packet(1, 104, 0));
    assert!(back.is_some_and(|p| p.switched), "but it may return after silence");
}

#[test]
fn a_pause_shows_in_timestamps_only() {
    let (mut forward, mut now) = (Forward::new(5), Instant::now());
    let before = run(&mut forward, &mut now, packet(1, 100, 0), 3);
    now += Duration::from_secs(60);
    let after = run(&mut forward, &mut now, packet(1, 103, 61 * 48_000), 3);
    assert_eq!(after[0].sequence, before[2].sequence + 1);
    assert_eq!(after[0].timestamp.wrapping_sub(before[2].timestamp), 61 * 48_000 - 2 * FRAME);
}

#[test]
fn a_timestamp_or_sequence_restart_within_one_ssrc_is_smoothed() {
    let (mut forward, mut now) = (Forward::new(5), Instant::now());
    let mut sent = run(&mut forward, &mut now, packet(1, 100, 0), 3);
    sent.extend(run(&mut forward, &mut now, packet(1, 103, 3_000_000_000), 3));
    sent.extend(run(&mut forward, &mut now, packet(1, 50_000, 7), 3));
    assert_eq!(sent.len(), 9);
    assert_continuous(&sent);
}

#[test]
fn one_simulcast_layer_is_followed_until_it_falls_silent() {
    let (mut forward, now) = (Forward::new(5), Instant::now());
    assert!(forward.map(now, &layer(1, "a", 10)).is_some());
    assert_eq!(forward.map(now, &layer(2, "b", 10)), None);
    assert!(forward.map(now, &layer(1, "a", 11)).is_some());
    assert!(forward.map(now + SOURCE_SILENT, &layer(2, "b", 11)).is_some_and(|p| p.switched));
}

#[test]
fn what_is_filled_in_leaves_no_gap_before_or_behind_it() {
    let (mut forward, mut now) = (Forward::new(3), Instant::now());
    let mut sent = run(&mut forward, &mut now, packet(1, 100, 5000), 10);
    for _ in 0..100 {
        now += PERIOD;
        sent.push(forward.fill(now, 48_000, FRAME));
    }
    assert_eq!(forward.map(now, &packet(1, 108, 5000 + 8 * FRAME)).map(|p| p.sequence), Some(sent[8].sequence), "late");
    // The sender's clock stood still meanwhile.
    sent.extend(run(&mut forward, &mut now, packet(1, 110, 5000 + 10 * FRAME), 10));
    now += PERIOD;
    sent.push(forward.fill(now, 48_000, FRAME));
    // A reload: another source at once, and the first one again a second later.
    sent.extend(run(&mut forward, &mut now, packet(2, 9, 77), 60));
    for _ in 0..60 {
        now += PERIOD;
        sent.push(forward.fill(now, 48_000, FRAME));
    }
    sent.extend(run(&mut forward, &mut now, packet(1, 130, 9), 10));
    assert_eq!(sent.len(), 251);
    assert_continuous(&sent);
}

#[test]
fn a_stream_may_begin_with_what_is_filled_in() {
    let (mut forward, mut now) = (Forward::new(9), Instant::now());
    let mut sent = vec![forward.fill(now, 48_000, FRAME)];
    sent.extend(run(&mut forward, &mut now, packet(1, 7, 1), 3));
    assert_continuous(&sent);
}
