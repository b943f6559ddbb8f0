#![no_main]

#[path = "../properties/inflate.rs"]
mod inflate;

libfuzzer_sys::fuzz_target!(|input: &[u8]| inflate::holds(input));
