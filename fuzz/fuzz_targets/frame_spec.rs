#![no_main]

#[path = "../properties/frame_spec.rs"]
mod frame_spec;

libfuzzer_sys::fuzz_target!(|input: &[u8]| frame_spec::holds(input));
