//! Module `conference` (protocol section 6).
