//! What a device was sent and has not confirmed: the replay of a resume.

use std::collections::VecDeque;

use actix_web::web::Bytes;

use crate::limits::{OUTBOX_BYTES, OUTBOX_FRAMES};

/// Numbered frames in order; the oldest go when a limit is reached.
#[derive(Default)]
pub struct Outbox {
    frames: VecDeque<Bytes>,
    bytes: usize,
    /// `seq` of the newest frame ever kept.
    newest: u64,
}

impl Outbox {
    /// The `seq` the next frame must carry.
    pub fn next_seq(&self) -> u64 {
        self.newest + 1
    }

    /// Keeps the frame that carries [`Outbox::next_seq`].
    pub fn push(&mut self, frame: Bytes) {
        self.newest += 1;
        self.bytes += frame.len();
        self.frames.push_back(frame);
        while self.frames.len() > OUTBOX_FRAMES || self.bytes > OUTBOX_BYTES {
            self.drop_oldest();
        }
    }

    /// Forgets everything up to `seq`; a number never sent changes nothing.
    pub fn ack(&mut self, seq: u64) {
        if seq > self.newest {
            return;
        }
        while !self.frames.is_empty() && self.oldest() <= seq {
            self.drop_oldest();
        }
    }

    /// The frames after `seq` in order, or `None` if some are forgotten or `seq` was never sent.
    pub fn after(&self, seq: u64) -> Option<impl Iterator<Item = &Bytes>> {
        if seq > self.newest || seq + 1 < self.oldest() {
            return None;
        }
        let skip = usize::try_from(seq + 1 - self.oldest()).ok()?;
        Some(self.frames.iter().skip(skip))
    }

    fn oldest(&self) -> u64 {
        self.newest + 1 - self.frames.len() as u64
    }

    fn drop_oldest(&mut self) {
        if let Some(frame) = self.frames.pop_front() {
            self.bytes -= frame.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(frames: u64) -> Outbox {
        let mut outbox = Outbox::default();
        for _ in 0..frames {
            let frame = Bytes::from(outbox.next_seq().to_string());
            outbox.push(frame);
        }
        outbox
    }

    fn after(outbox: &Outbox, seq: u64) -> Option<Vec<String>> {
        outbox.after(seq).map(|frames| frames.map(|f| String::from_utf8_lossy(f).into_owned()).collect())
    }

    #[test]
    fn replays_what_was_not_seen() {
        let outbox = filled(3);
        assert_eq!(after(&outbox, 0), Some(vec!["1".into(), "2".into(), "3".into()]));
        assert_eq!(after(&outbox, 2), Some(vec!["3".into()]));
        assert_eq!(after(&outbox, 3), Some(vec![]));
    }

    #[test]
    fn a_number_never_sent_is_refused_and_acks_nothing() {
        let mut outbox = filled(3);
        assert_eq!(after(&outbox, 4), None);
        outbox.ack(u64::MAX);
        assert_eq!(after(&outbox, 0).map(|f| f.len()), Some(3));
        assert_eq!(after(&outbox, u64::MAX), None);
    }

    #[test]
    fn acked_frames_cannot_be_replayed() {
        let mut outbox = filled(3);
        outbox.ack(2);
        assert_eq!(after(&outbox, 1), None);
        assert_eq!(after(&outbox, 2), Some(vec!["3".into()]));
    }

    #[test]
    fn memory_is_bounded() {
        let outbox = filled(OUTBOX_FRAMES as u64 + 5);
        assert_eq!(after(&outbox, 4), None);
        assert_eq!(after(&outbox, 5).map(|f| f.len()), Some(OUTBOX_FRAMES));
        let mut large = Outbox::default();
        large.push(Bytes::from(vec![0; OUTBOX_BYTES + 1]));
        assert_eq!(large.bytes, 0);
    }
}
