//! The replay window (RFC 3711 section 3.3.2).

/// Which of the last 128 indices came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replay {
    highest: u64,
    /// Bit n: `highest - n` came.
    seen: u128,
}

impl Replay {
    /// After the first packet.
    pub fn new(index: u64) -> Replay {
        Replay { highest: index, seen: 1 }
    }

    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether a packet of that index may be new.
    pub fn admits(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            None => true,
            Some(age) => age < 128 && self.seen & (1 << age) == 0,
        }
    }

    /// A packet that has been verified came.
    pub fn record(&mut self, index: u64) {
        match self.highest.checked_sub(index) {
            None => {
                let step = (index - self.highest).min(128) as u32;
                self.seen = self.seen.checked_shl(step).unwrap_or(0) | 1;
                self.highest = index;
            }
            Some(age) if age < 128 => self.seen |= 1 << age,
            Some(_) => {}
        }
    }
}
