//! Addresses: what is read is written back and means the same.

use signal::{Address, To};

/// Panics on a finding.
pub fn check(text: &str) {
    if let Some(address) = Address::parse(text) {
        let written = address.to_string();
        assert_eq!(Address::parse(&written), Some(address));
        assert!(written.len() <= 64, "an address is short: {written}");
    }
    if let Ok(to) = serde_json::from_str::<To>(text) {
        let written = serde_json::to_string(&to).expect("addresses are text");
        assert_eq!(serde_json::from_str::<To>(&written).ok(), Some(to));
    }
}
