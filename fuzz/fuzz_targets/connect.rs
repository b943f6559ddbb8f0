#![no_main]

#[path = "../properties/connect.rs"]
mod connect;

libfuzzer_sys::fuzz_target!(|input: &[u8]| connect::holds(input));
