//! The cases: what is sent which way, over what, and how near the limit wscope has to be.

use crate::pattern::Pattern;

/// One line of the plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) traffic: Traffic,
    pub(crate) pattern: Pattern,
    pub(crate) tls: bool,
    pub(crate) deflate: bool,
    /// Standard input (or, where nothing is sent, standard output) is a pipe of the driver's.
    pub(crate) pipe: bool,
    /// What wscope does beside moving messages.
    pub(crate) extra: Extra,
    pub(crate) target: Target,
}

/// Which way messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traffic {
    Receive,
    Send,
    Both,
    /// One at a time, through pipes.
    Echo,
    /// One there and back, then the end; timed from the spawn.
    Start,
    /// Received at the prompt on a terminal, which sends a line meanwhile; the reference, which has
    /// neither, receives to /dev/null.
    Flood,
}

/// A feature whose cost is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    None,
    Json,
    Inspect,
}

/// Bounds as ratios to the reference.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Target {
    /// The least of its throughput.
    pub(crate) rate: Option<f64>,
    /// The most of its time.
    pub(crate) time: Option<f64>,
    /// The most of its processor time.
    pub(crate) cpu: Option<f64>,
    /// The most memory, in MiB.
    pub(crate) peak_mib: Option<f64>,
}

const TEXT_64: Pattern = Pattern {
    text: true,
    size: 64,
    count: 1_000_000,
    one_message: false,
};
const TEXT_4K: Pattern = Pattern {
    text: true,
    size: 4096,
    count: 100_000,
    one_message: false,
};
const BINARY_1M: Pattern = Pattern {
    text: false,
    size: 1 << 20,
    count: 1000,
    one_message: false,
};
const TEXT_1M: Pattern = Pattern {
    text: true,
    ..BINARY_1M
};
const ONE_1G: Pattern = Pattern {
    one_message: true,
    count: 1024,
    ..BINARY_1M
};
const ROUND_TRIPS: Pattern = Pattern {
    count: 20_000,
    ..TEXT_64
};
const ONE: Pattern = Pattern {
    count: 1,
    ..TEXT_64
};

const STREAM: Target = Target {
    rate: Some(0.85),
    time: None,
    cpu: Some(1.2),
    peak_mib: Some(8.0),
};
/// Lines of 1 MiB have to be held whole.
const LINES_1M: Target = Target {
    peak_mib: Some(9.0),
    ..STREAM
};
const TLS: Target = Target {
    rate: Some(0.9),
    ..STREAM
};
const TLS_LINES_1M: Target = Target {
    rate: Some(0.9),
    ..LINES_1M
};
const BOTH: Target = Target {
    rate: Some(0.8),
    cpu: None,
    ..STREAM
};
const TRIP: Target = Target {
    rate: None,
    time: Some(1.3),
    cpu: None,
    peak_mib: Some(8.0),
};
const START: Target = Target {
    time: Some(1.5),
    ..TRIP
};
const NONE: Target = Target {
    rate: None,
    time: None,
    cpu: None,
    peak_mib: None,
};
const JSON: Target = Target {
    rate: Some(0.25),
    peak_mib: Some(8.0),
    ..NONE
};
const INSPECT: Target = Target {
    rate: Some(0.15),
    peak_mib: Some(8.0),
    ..NONE
};
/// What is shown, and the messages that are kept for `/show`, cost memory.
const FLOOD: Target = Target {
    peak_mib: Some(16.0),
    ..NONE
};

/// All cases, in the order of the table.
pub(crate) fn all() -> Vec<Case> {
    use Traffic::{Both, Echo, Flood, Receive, Send, Start};
    let plain = |name, traffic, pattern, target| Case {
        name,
        traffic,
        pattern,
        tls: false,
        deflate: false,
        pipe: false,
        extra: Extra::None,
        target,
    };
    let piped = |name, traffic, pattern, target| Case {
        pipe: true,
        ..plain(name, traffic, pattern, target)
    };
    let tls = |name, traffic, pattern, target| Case {
        tls: true,
        ..plain(name, traffic, pattern, target)
    };
    let deflate = |name, traffic, pattern| Case {
        deflate: true,
        ..plain(name, traffic, pattern, STREAM)
    };
    vec![
        plain("receive-64", Receive, TEXT_64, STREAM),
        plain("receive-4k", Receive, TEXT_4K, STREAM),
        plain("receive-1m", Receive, BINARY_1M, STREAM),
        plain("receive-1g", Receive, ONE_1G, STREAM),
        piped("receive-64-pipe", Receive, TEXT_64, STREAM),
        piped("receive-4k-pipe", Receive, TEXT_4K, STREAM),
        piped("receive-1m-pipe", Receive, BINARY_1M, STREAM),
        plain("send-64", Send, TEXT_64, STREAM),
        plain("send-4k", Send, TEXT_4K, STREAM),
        plain("send-1m", Send, TEXT_1M, LINES_1M),
        plain("send-1g", Send, ONE_1G, STREAM),
        piped("send-64-pipe", Send, TEXT_64, STREAM),
        piped("send-4k-pipe", Send, TEXT_4K, STREAM),
        piped("send-1m-pipe", Send, TEXT_1M, LINES_1M),
        plain("both-64", Both, TEXT_64, BOTH),
        plain("both-4k", Both, TEXT_4K, BOTH),
        plain("echo", Echo, ROUND_TRIPS, TRIP),
        plain("start", Start, ONE, START),
        tls("tls-receive-64", Receive, TEXT_64, TLS),
        tls("tls-receive-4k", Receive, TEXT_4K, TLS),
        tls("tls-receive-1m", Receive, BINARY_1M, TLS),
        tls("tls-send-64", Send, TEXT_64, TLS),
        tls("tls-send-4k", Send, TEXT_4K, TLS),
        tls("tls-send-1m", Send, TEXT_1M, TLS_LINES_1M),
        tls("tls-both-64", Both, TEXT_64, BOTH),
        tls("tls-both-4k", Both, TEXT_4K, BOTH),
        tls("tls-echo", Echo, ROUND_TRIPS, TRIP),
        tls("tls-start", Start, ONE, START),
        deflate("deflate-receive-64", Receive, TEXT_64),
        deflate("deflate-receive-4k", Receive, TEXT_4K),
        deflate("deflate-send-64", Send, TEXT_64),
        deflate("deflate-send-4k", Send, TEXT_4K),
        Case {
            extra: Extra::Json,
            ..plain("json-64", Receive, TEXT_64, JSON)
        },
        Case {
            extra: Extra::Inspect,
            ..plain("inspect-64", Receive, TEXT_64, INSPECT)
        },
        plain("flood-64", Flood, TEXT_64, FLOOD),
    ]
}

impl Case {
    /// The same with a tenth of the messages.
    pub(crate) fn quick(mut self) -> Self {
        // A shorter flood would leave no time to type in.
        if self.pattern.count >= 1000 && self.traffic != Traffic::Flood {
            self.pattern.count /= if self.pattern.one_message { 8 } else { 10 };
        }
        self
    }

    /// What the case is, for the table.
    pub(crate) fn title(&self) -> String {
        let Pattern {
            text,
            size,
            count,
            one_message,
        } = self.pattern;
        let kind = if text { "text" } else { "binary" };
        let messages = if one_message {
            format!("one {kind} message of {}", bytes(size as u64 * count))
        } else {
            format!("{} × {} {kind}", thousands(count), bytes(size as u64))
        };
        let way = match (self.traffic, self.pipe) {
            (Traffic::Receive, false) => "receive, to /dev/null",
            (Traffic::Receive, true) => "receive, to a pipe",
            (Traffic::Send, false) => "send, from a file",
            (Traffic::Send, true) => "send, from a pipe",
            (Traffic::Both, _) => "both ways at once, from a file and to /dev/null",
            (Traffic::Echo, _) => "round trips through pipes, one at a time",
            (Traffic::Start, _) => "start, one message there and back, exit",
            (Traffic::Flood, _) => {
                "taken off the socket by the prompt, where a line is sent meanwhile"
            }
        };
        let mut title = format!("{way}: {messages}");
        for (on, words) in [
            (self.tls, ", TLS 1.3"),
            (self.deflate, ", permessage-deflate"),
            (self.extra == Extra::Json, ", --json"),
            (self.extra == Extra::Inspect, ", --inspect to a file"),
        ] {
            if on {
                title.push_str(words);
            }
        }
        title
    }

    /// How many times as fast as a peer wscope has to be: never slower than any at anything, and
    /// ten times as fast as websocat with small messages.
    pub(crate) fn least_of_peer(&self, peer: &str) -> f64 {
        let one_way = matches!(self.traffic, Traffic::Receive | Traffic::Send);
        let is_small = one_way && self.pattern.size <= 64;
        if peer == "websocat" && is_small {
            10.0
        } else {
            1.0
        }
    }

    /// Whether a run's number is a time and not a rate.
    pub(crate) fn is_timed(&self) -> bool {
        matches!(self.traffic, Traffic::Echo | Traffic::Start)
    }
}

fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..0x10_0000 => format!("{} KiB", count >> 10),
        0x10_0000..0x4000_0000 => format!("{} MiB", count >> 20),
        _ => format!("{} GiB", count >> 30),
    }
}

fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups
        .iter()
        .map(|group| String::from_utf8_lossy(group))
        .collect::<Vec<_>>()
        .join(" ")
}
