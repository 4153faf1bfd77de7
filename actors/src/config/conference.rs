//! Keys of `conference`: rooms of many.

use super::key::{Key, Kind};

pub(super) const KEYS: &[Key] = &[
    Key { name: "createRooms", kind: Kind::Bool },
    Key { name: "maxParticipants", kind: Kind::Number(1, 10_000) },
    Key { name: "lastN", kind: Kind::Number(0, 10_000) },
    Key { name: "dialIn", kind: Kind::TextMap },
];
