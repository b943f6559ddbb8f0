#![no_main]

#[path = "../properties/socks.rs"]
mod socks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| socks::holds(input));
