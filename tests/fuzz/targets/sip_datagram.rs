#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::sip_datagram::check(bytes));
