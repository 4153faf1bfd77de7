//! The engine against real peers: the browser SDK in Chromium, phones and their proxy, one module a story.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may panic")]

mod browser_calls;
mod classic;
mod demo;
mod lost_socket;
mod sdk;
mod sip_calls;
mod sip_cases;
mod sip_phones;
mod sip_scenarios;
mod support;
mod turn;
