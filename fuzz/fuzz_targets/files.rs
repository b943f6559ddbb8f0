#![no_main]

#[path = "../properties/files.rs"]
mod files;

libfuzzer_sys::fuzz_target!(|input: &[u8]| files::holds(input));
