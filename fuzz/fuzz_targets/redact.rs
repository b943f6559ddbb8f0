#![no_main]

#[path = "../properties/redact.rs"]
mod redact;

libfuzzer_sys::fuzz_target!(|input: &[u8]| redact::holds(input));
