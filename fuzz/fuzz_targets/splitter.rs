#![no_main]

#[path = "../properties/splitter.rs"]
mod splitter;
#[path = "../properties/written.rs"]
mod written;

libfuzzer_sys::fuzz_target!(|input: &[u8]| splitter::holds(input));
