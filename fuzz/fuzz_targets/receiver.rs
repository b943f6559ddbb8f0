#![no_main]

#[path = "../properties/receiver.rs"]
mod receiver;

libfuzzer_sys::fuzz_target!(|input: &[u8]| receiver::holds(input));
