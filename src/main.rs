//! The program: the process's surroundings in, an exit status out.

use std::process::ExitCode;

use wscope::{Ended, Env};

fn main() -> ExitCode {
    match wscope::run(std::env::args_os(), &Env::from_process()) {
        Ended::Exit(exit) => exit.into(),
        Ended::Signal(signal) => {
            // so that a shell sees a death by this signal, not a number
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
        }
    }
}
