#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| fuzz::sdp_plain::check(text));
