#![no_main]
use libfuzzer_sys::fuzz_target;
fuzz_target!(|_: &[u8]| {});
