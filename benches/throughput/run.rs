//! One run of one client: its server, its process, its pipes, and whether all of it was right.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use nix::{
    pty::{OpenptyResult, Winsize, openpty},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rustls::ServerConfig;

use crate::{
    case::{Case, Traffic},
    client::{Client, Lack},
    clock, measure,
    pattern::Pattern,
    server::{Job, Role, Served, Server},
};

/// How long a process may live on after the server is done with it.
const GRACE: Duration = Duration::from_secs(5);

/// A client may take so long to notice that it is connected.
const SETTLING: Duration = Duration::from_millis(100);

/// What is typed at a prompt in the middle of a flood, and has to be sent before the flood's end.
const LINE: &str = "still here";

/// So much on the screen is no greeting any more: messages are coming.
const A_FLOOD: usize = 8 * 1024;

/// Ctrl-D.
const END_OF_INPUT: &[u8] = b"\x04";

/// What a run needs beside its case: a folder, and the server's certificate.
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) tls: Arc<ServerConfig>,
    /// Words before each command: a program that runs it.
    pub(crate) prefix: Vec<String>,
}

/// The numbers of one run.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// From the first frame to the last, or the median round trip, or from spawn to exit.
    pub(crate) seconds: f64,
    /// p99 of the round trips, or from spawn to the first byte.
    pub(crate) second: Option<f64>,
    pub(crate) cpu: f64,
    pub(crate) peak_mib: f64,
    /// The share of the time in which the server's threads were running.
    pub(crate) server: f64,
    pub(crate) verdict: Result<(), String>,
}

/// What the driver's end of the pipes saw.
#[derive(Default)]
struct Seen {
    /// When the last expected byte came.
    at: Option<u64>,
    trips: Vec<u64>,
    verdict: Option<Result<(), String>>,
}

impl Bench {
    /// Runs `client` once; or says why it cannot do the case.
    pub(crate) fn run(&self, case: &Case, client: &Client) -> io::Result<Result<Sample, Lack>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let scheme = if case.tls { "wss" } else { "ws" };
        let url = format!("{scheme}://{}/", listener.local_addr()?);
        let words = match client.command(case, &url, &self.ca()) {
            Ok(words) => words,
            Err(lack) => return Ok(Err(lack)),
        };
        let report = self.folder.join("report");
        let _ = std::fs::remove_file(&report);
        let on_terminal = case.traffic == Traffic::Flood && client.has_prompt();
        let is_silent = matches!(case.traffic, Traffic::Receive | Traffic::Flood)
            || client.is_told_what_to_send(case);
        let mut command = self.command(case, &words, &report, is_silent, on_terminal)?;
        let screen = on_terminal.then(|| terminal(&mut command)).transpose()?;
        let (upgraded, is_upgraded) = mpsc::channel();
        let server = Server::new(listener, self.job(case, client))?;
        let server = thread::spawn(move || server.serve(&upgraded));
        let mut child = command.spawn()?;
        drop(command);
        let (fed, held) = match child.stdin.take() {
            stdin if is_silent => (None, stdin),
            stdin => (stdin, None),
        };
        let stdout = child.stdout.take();
        let case_of_pipes = *case;
        let seen = thread::spawn(move || match case_of_pipes.traffic {
            Traffic::Echo => {
                // wscat drops what comes before it is connected.
                let _ = is_upgraded.recv();
                thread::sleep(SETTLING);
                echo(&case_of_pipes.pattern, fed, stdout)
            }
            _ => transfer(&case_of_pipes, fed, stdout),
        });
        let served = server
            .join()
            .map_err(|_| io::Error::other("the server panicked"))?;
        drop(held);
        if let Some(mut keyboard) = screen {
            // The prompt stays when the peer has closed; only its user ends it.
            keyboard.write_all(END_OF_INPUT)?;
        }
        let hung = wait(child, &report)?;
        let seen = seen
            .join()
            .map_err(|_| io::Error::other("a pipe's thread panicked"))?;
        Ok(Ok(self.sample(
            case,
            &measure::read(&report)?,
            served,
            &seen,
            hung,
        )))
    }

    /// The certificate's path.
    pub(crate) fn ca(&self) -> String {
        self.folder.join("ca.pem").display().to_string()
    }

    fn job(&self, case: &Case, client: &Client) -> Job {
        let role = match case.traffic {
            Traffic::Receive | Traffic::Flood => Role::Source,
            Traffic::Send => Role::Sink,
            Traffic::Both => Role::Both,
            Traffic::Echo | Traffic::Start => Role::Echo,
        };
        let tls = case.tls.then(|| Arc::clone(&self.tls));
        Job {
            role,
            tls,
            deflate: case.deflate,
            pattern: case.pattern,
            newlines: client.sends_newlines(),
            line: (case.traffic == Traffic::Flood && client.has_prompt()).then_some(LINE),
        }
    }

    fn command(
        &self,
        case: &Case,
        words: &[String],
        report: &Path,
        is_silent: bool,
        on_terminal: bool,
    ) -> io::Result<Command> {
        let own = std::env::current_exe()?;
        let mut command = if on_terminal {
            let mut command = Command::new("setsid");
            command.arg("--ctty").arg(own);
            command
        } else {
            Command::new(own)
        };
        command
            .arg("--measure")
            .arg(report)
            .args(&self.prefix)
            .args(words);
        let from_file = matches!(case.traffic, Traffic::Send | Traffic::Both) && !case.pipe;
        let from_file = from_file || case.traffic == Traffic::Start;
        command.stdin(if from_file && !is_silent {
            self.input(&case.pattern)?.into()
        } else {
            Stdio::piped()
        });
        let to_pipe = match case.traffic {
            Traffic::Echo | Traffic::Start => true,
            _ => case.traffic == Traffic::Receive && case.pipe,
        };
        command.stdout(if to_pipe {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        command.stderr(File::create(self.folder.join("stderr"))?);
        Ok(command)
    }

    /// The file that is sent, written once.
    fn input(&self, pattern: &Pattern) -> io::Result<File> {
        let Pattern {
            text,
            size,
            count,
            one_message,
        } = *pattern;
        let path = self
            .folder
            .join(format!("{text}-{size}-{count}-{one_message}"));
        if !path.exists() {
            let partial = path.with_extension("partial");
            let mut file = File::create(&partial)?;
            feed(pattern, &mut file)?;
            std::fs::rename(partial, &path)?;
        }
        File::open(path)
    }

    fn sample(
        &self,
        case: &Case,
        usage: &measure::Usage,
        served: io::Result<Served>,
        seen: &Seen,
        hung: bool,
    ) -> Sample {
        let (served, failure) = match served {
            Ok(served) => (Some(served), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let elapsed = served.as_ref().map_or(f64::NAN, |served| {
            let ended = seen.at.filter(|_| case.traffic == Traffic::Receive);
            nanoseconds(served.started, ended.unwrap_or(served.ended))
        });
        let (seconds, second) = match case.traffic {
            Traffic::Echo => (
                percentile(&seen.trips, 50),
                Some(percentile(&seen.trips, 99)),
            ),
            Traffic::Start => {
                let first = seen.at.map(|at| nanoseconds(usage.spawned, at));
                (nanoseconds(usage.spawned, usage.exited), first)
            }
            _ => (elapsed, None),
        };
        let verdict = verdict(failure, served.as_ref(), seen, usage.status, hung);
        let busy = served.map_or(0.0, |served| served.busy.as_secs_f64());
        Sample {
            seconds,
            second,
            cpu: usage.cpu.as_secs_f64(),
            peak_mib: usage.peak_kib as f64 / 1024.0,
            server: busy / elapsed,
            verdict,
        }
    }

    /// What the last run wrote to standard error, for a run that failed.
    pub(crate) fn last_words(&self) -> String {
        let text = std::fs::read(self.folder.join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&text[..text.len().min(2000)]).into_owned()
    }
}

fn verdict(
    failure: Option<String>,
    served: Option<&Served>,
    seen: &Seen,
    status: i32,
    hung: bool,
) -> Result<(), String> {
    if let Some(failure) = failure {
        return Err(format!("server: {failure}"));
    }
    if let Some(served) = served {
        served
            .verdict
            .clone()
            .map_err(|reason| format!("server: {reason}"))?;
    }
    if let Some(verdict) = &seen.verdict {
        verdict
            .clone()
            .map_err(|reason| format!("stdout: {reason}"))?;
    }
    match (hung, status) {
        (true, _) => Err("did not exit".to_owned()),
        (false, 0) => Ok(()),
        (false, status) => Err(format!("exit status {status}")),
    }
}

/// Feeds standard input and checks standard output, where they are pipes.
fn transfer(case: &Case, stdin: Option<ChildStdin>, stdout: Option<ChildStdout>) -> Seen {
    let pattern = case.pattern;
    let feeder = stdin.map(|mut stdin| thread::spawn(move || feed(&pattern, &mut stdin)));
    let seen = stdout.map_or_else(Seen::default, |stdout| check(case, stdout));
    // A client that stopped reading has failed, and the server says how.
    let _ = feeder.map(thread::JoinHandle::join);
    seen
}

/// Compares what a client writes with what it was sent.
fn check(case: &Case, mut stdout: ChildStdout) -> Seen {
    let pattern = case.pattern;
    let mut seen = Seen::default();
    let mut expected = if pattern.text {
        pattern.lines()
    } else {
        pattern.payloads()
    };
    let mut buffer = vec![0; 1 << 20];
    while let Ok(length @ 1..) = stdout.read(&mut buffer) {
        expected.compare(&buffer[..length]);
        if case.traffic == Traffic::Start || expected.has_ended() {
            seen.at.get_or_insert_with(clock::now);
        }
    }
    seen.verdict = Some(expected.verdict());
    seen
}

/// Writes what a client is to send.
fn feed(pattern: &Pattern, to: &mut impl io::Write) -> io::Result<()> {
    let cycle = if pattern.one_message {
        pattern.payloads()
    } else {
        pattern.lines()
    };
    for _ in 0..cycle.repeats() {
        to.write_all(&cycle.block)?;
    }
    Ok(())
}

/// One line there, one line back, and again.
fn echo(pattern: &Pattern, stdin: Option<ChildStdin>, stdout: Option<ChildStdout>) -> Seen {
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Seen::default();
    };
    let mut seen = Seen::default();
    let mut stdout = BufReader::new(stdout);
    let mut expected = pattern.lines();
    let lines = expected.block.clone();
    let mut line = Vec::new();
    for sent in lines
        .chunks(pattern.size + 1)
        .cycle()
        .take(pattern.count as usize)
    {
        let start = clock::now();
        line.clear();
        if stdin.write_all(sent).is_err() || stdout.read_until(b'\n', &mut line).unwrap_or(0) == 0 {
            break;
        }
        seen.trips.push(clock::now() - start);
        // wscat puts its prompt before the answer.
        expected.compare(line.strip_prefix(b"> ").unwrap_or(&line));
    }
    drop(stdin);
    seen.verdict = Some(expected.verdict());
    seen
}

/// Gives a command a terminal of its own, whose screen is read and forgotten; when messages have
/// begun to pour over it, a line is typed. What is returned is its keyboard.
fn terminal(command: &mut Command) -> io::Result<File> {
    let size = Winsize {
        ws_row: 40,
        ws_col: 120,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let OpenptyResult { master, slave } = openpty(&size, None)?;
    command
        .stdin(slave.try_clone()?)
        .stdout(slave.try_clone()?)
        .stderr(slave);
    let mut screen = File::from(master.try_clone()?);
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        let mut shown = 0;
        while let Ok(length @ 1..) = screen.read(&mut buffer) {
            let was_quiet = shown < A_FLOOD;
            shown += length;
            if was_quiet && shown >= A_FLOOD {
                // Where it does not arrive, the server misses it.
                let _ = screen.write_all(format!("{LINE}\r").as_bytes());
            }
        }
    });
    Ok(File::from(master))
}

/// Waits for the small parent; a client that does not end is ended, which is true.
fn wait(mut parent: Child, report: &Path) -> io::Result<bool> {
    let (done, gone) = mpsc::channel();
    let waiter = thread::spawn(move || {
        let status = parent.wait();
        let _ = done.send(());
        status
    });
    let hung = gone.recv_timeout(GRACE).is_err();
    if hung && let Some(pid) = measure::pid(report) {
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
    waiter
        .join()
        .map_err(|_| io::Error::other("the waiter panicked"))??;
    Ok(hung)
}

fn nanoseconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e9
}

fn percentile(trips: &[u64], percent: usize) -> f64 {
    let mut sorted = trips.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(f64::NAN, |trip| *trip as f64 / 1e9)
}
