//! The program: the process's surroundings in, an exit status out.

use wscope::Env;

fn main() {
    wscope::run(std::env::args_os(), &Env::from_process()).leave()
}
