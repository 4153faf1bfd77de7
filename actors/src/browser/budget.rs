//! How many frames a socket may send.

use std::time::Instant;

use crate::limits::FLOOD_FRAMES;

/// A token bucket for frames.
pub(super) struct Budget {
    per_s: f64,
    burst: f64,
    left: f64,
    filled: Option<Instant>,
    refused: u32,
}

/// What became of a frame.
pub(super) enum Spend {
    /// There was room for it.
    Granted,
    /// The first since the bucket was half full: the client is told once.
    FirstRefusal,
    /// A further one.
    Refused,
    /// So many that the socket is to be closed.
    Flood,
}

impl Budget {
    /// A full bucket.
    pub fn new(per_s: u32, burst: u32) -> Budget {
        Budget { per_s: f64::from(per_s), burst: f64::from(burst), left: f64::from(burst), filled: None, refused: 0 }
    }

    /// Takes one frame out.
    pub fn spend(&mut self, now: Instant) -> Spend {
        let since = self.filled.replace(now).map_or(0.0, |then| now.duration_since(then).as_secs_f64());
        self.left = (self.left + since * self.per_s).min(self.burst);
        if self.left >= self.burst / 2.0 {
            self.refused = 0;
        }
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Spend::Granted;
        }
        self.refused += 1;
        match self.refused {
            1 => Spend::FirstRefusal,
            n if n > FLOOD_FRAMES => Spend::Flood,
            _ => Spend::Refused,
        }
    }
}
