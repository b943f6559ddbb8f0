#![no_main]

#[path = "../properties/shown.rs"]
mod shown;
#[path = "../properties/written.rs"]
mod written;

libfuzzer_sys::fuzz_target!(|input: &[u8]| shown::holds(input));
