//! What is counted, so that nothing is missed unseen.

/// How often things happened.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub(super) established: u64,
    pub(super) changes: u64,
    pub(super) held: u64,
    pub(super) resets: u64,
    pub(super) glares: u64,
    pub(super) taken_over: u64,
    pub(super) deaths: u64,
    pub(super) early: u64,
    pub(super) referred: u64,
    pub(super) redirected: u64,
    pub(super) handed_on: u64,
    pub(super) left: u64,
    pub(super) taken_back: u64,
    pub(super) returned: u64,
    pub(super) untaken: u64,
    pub(super) gone: u64,
}

impl Tally {
    pub fn add(&mut self, other: &Tally) {
        self.established += other.established;
        self.changes += other.changes;
        self.held += other.held;
        self.resets += other.resets;
        self.glares += other.glares;
        self.taken_over += other.taken_over;
        self.deaths += other.deaths;
        self.early += other.early;
        self.referred += other.referred;
        self.redirected += other.redirected;
        self.handed_on += other.handed_on;
        self.left += other.left;
        self.taken_back += other.taken_back;
        self.returned += other.returned;
        self.untaken += other.untaken;
        self.gone += other.gone;
    }

    pub fn expect_everything_happened(&self, seeds: u64) {
        println!("{seeds} cases: {self:?}");
        assert!(self.established > seeds / 5 && self.changes > seeds / 4 && self.held > seeds / 20, "{self:?}");
        assert!(self.glares > seeds / 50 && self.taken_over > seeds / 20 && self.deaths > seeds / 20, "{self:?}");
        assert!(self.early > seeds / 100 && self.referred > seeds / 20, "{self:?}");
        assert!(self.redirected > seeds / 100 && self.handed_on > seeds / 20, "{self:?}");
        assert!(self.left > seeds / 200 && self.taken_back > seeds / 400 && self.returned > seeds / 500, "{self:?}");
        assert!(self.untaken > seeds / 200 && self.gone > seeds / 50, "{self:?}");
    }
}
