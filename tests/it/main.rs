//! wscope as its users meet it: the binary, on pipes and ptys, against peers that follow a script.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "all of this crate is tests"
)]

mod addresses;
mod again;
mod captured;
mod check;
mod check_defects;
mod check_knowledge;
mod check_network;
mod check_path;
mod check_servers;
mod check_tls;
mod connect;
mod corpus;
mod daemon;
mod decode;
mod deflate;
mod ending;
mod framing;
mod harness;
mod inspect;
mod interop;
mod json;
mod peer;
mod proxy;
mod pty;
mod received;
mod repl;
mod run;
mod screens;
mod servers;
mod status;
mod streams;
mod tls;
mod upgrade;
mod volume;
