//! The interactive session: what `wscope URL` is on a terminal.
//!
//! ```text
//! prompt thread ── Typed ──────┐                       ┌─ Screen ─▶ terminal
//! dial thread ──── Dialled ────┤                       │
//! session thread ─ Ended ──────┼─▶ Repl (main thread) ─┤
//! signals ──────── Signal ─────┘                       └─ Wire ─▶ the session's queue
//! reader, writer ─ Tap ─▶ Feed ─▶ Screen, transcript, /save
//! ```
//!
//! The main thread decides everything and never waits for the terminal or the network. Messages
//! do not pass through it: a flood is shown, kept and saved by the thread that reads it.

mod actions;
mod arguments;
pub mod backoff;
pub mod command;
pub mod complete;
mod connection;
pub mod dial;
mod edit;
pub mod editor;
mod evidence;
pub mod feed;
pub mod flood;
pub mod frames;
pub mod happening;
mod help;
pub mod past;
pub mod render;
mod rtt;
mod say;
pub mod screen;
pub mod setting;
mod table;
pub mod terminal;
pub mod transcript;
pub mod wire;

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    time::{Duration, Instant},
};

use self::{
    backoff::Backoff,
    command::Line,
    connection::Latest,
    dial::Aim,
    editor::{PROMPT, PROMPT_DOWN, Prompter, Typed},
    feed::Feed,
    frames::Frames,
    happening::Happening,
    rtt::Rtt,
    screen::Screen,
    setting::Settings,
    terminal::Terminal,
    wire::{State, Wire},
};
use crate::{
    Env,
    config::Config,
    error::Error,
    event::Command,
    output::{
        style::{Role, Style},
        watch::{LOOK, Watch},
    },
    session::signals,
    ws::CloseFrame,
};

/// What is particular to a run with a prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What is set at first.
    pub settings: Settings,
    /// The most attempts of one row, where connections are made again.
    pub attempts: Option<u32>,
    /// Where lines are kept; `None` where they are not.
    pub history: Option<PathBuf>,
    /// The colours of standard output.
    pub style: Style,
    /// The process's surroundings.
    pub env: Env,
    /// What the options mean for another URL.
    pub aim: Aim,
}

/// The prompt's files, for the man page.
pub const MAN_FILES: [(&str, &str); 1] = [(
    "$XDG_STATE_HOME/wscope/history",
    "what was typed at the prompt, without lines that seem to hold a credential; in \
     ~/.local/state where the variable is not set, and nowhere with --no-history",
)];

/// Runs the prompt until the user leaves.
///
/// # Errors
///
/// How the last connection ended, if that is one; the user has been told.
pub fn run(config: Config, prompt: Prompt, started: Instant) -> Result<(), Error> {
    let repl = Repl::new(config, prompt, started).map_err(no_terminal)?;
    let panicked = repl.tell.clone();
    let _guard = repl.terminal.restore_on_panic(move || {
        let _ = panicked.send(Happening::Panicked);
    });
    repl.run()
}

/// The prompt's own thread.
#[derive(Debug)]
pub(crate) struct Repl {
    config: Arc<Config>,
    environment: Env,
    terminal: Terminal,
    screen: Arc<Screen>,
    feed: Arc<Feed>,
    frames: Arc<Frames>,
    prompter: Prompter,
    wire: Wire,
    happenings: mpsc::Receiver<Happening>,
    tell: mpsc::Sender<Happening>,
    /// Messages that wait for a connection.
    kept: Vec<Command>,
    history: Option<PathBuf>,
    rtt: Option<Rtt>,
    watch: Watch,
    /// The connection ends because the user wanted it.
    asked_to_close: bool,
    /// The first prompt has been shown.
    has_asked: bool,
    /// Ctrl-C was the last key, on an empty line.
    interrupted: bool,
    /// Signals from the keyboard belong to a program that was started.
    ignores_interrupts: Arc<AtomicBool>,
    course: Course,
    latest: Latest,
    outcome: Result<(), Error>,
}

/// Whether the user wants to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// Lines are asked for.
    Staying,
    /// The connection still has to end.
    Leaving,
    /// Nothing is left to wait for.
    Over,
}

impl Repl {
    fn new(config: Config, prompt: Prompt, started: Instant) -> io::Result<Self> {
        let (tell, happenings) = mpsc::channel();
        let (nudge, nudges) = mpsc::sync_channel(1);
        let screen = Arc::new(Screen::new(prompt.style, nudge));
        let feed = Arc::new(Feed::new(
            prompt.settings,
            Arc::clone(&screen),
            tell.clone(),
        ));
        let past = prompt
            .history
            .as_deref()
            .map(past::load)
            .unwrap_or_default();
        // rustyline knows the same names; on such terminals it only reads.
        let is_editing = !matches!(prompt.env.var("TERM"), Some("dumb" | "cons25" | "emacs"));
        let terminal = Terminal::take_over(is_editing);
        let drawn = Arc::clone(&screen);
        terminal.suspend_on_signal(move || drawn.redraw())?;
        let typed = tell.clone();
        let (shown, taken) = (Arc::clone(&screen), terminal.clone());
        let prompter = Prompter::start(shown, nudges, &past, taken, is_editing, move |line| {
            let _ = typed.send(Happening::Typed(line));
        })?;
        let ignores_interrupts = Arc::new(AtomicBool::new(false));
        let (signalled, ignored) = (tell.clone(), Arc::clone(&ignores_interrupts));
        signals::forward(move |signal| {
            if signal != INTERRUPT || !ignored.load(SeqCst) {
                let _ = signalled.send(Happening::Signal(signal));
            }
        })?;
        let frames = Arc::new(Frames::new(config.inspect, Arc::clone(&screen)));
        let config = Arc::new(config);
        let backoff = Backoff::new(prompt.attempts);
        Ok(Self {
            wire: Wire::new(
                Arc::clone(&config),
                prompt.aim,
                backoff,
                started,
                tell.clone(),
            ),
            config,
            environment: prompt.env,
            terminal,
            screen,
            feed,
            frames,
            prompter,
            happenings,
            tell,
            kept: Vec::new(),
            history: prompt.history,
            rtt: None,
            watch: Watch::default(),
            asked_to_close: false,
            has_asked: false,
            interrupted: false,
            ignores_interrupts,
            course: Course::Staying,
            latest: Latest::default(),
            outcome: Ok(()),
        })
    }

    fn run(mut self) -> Result<(), Error> {
        self.dial(None);
        while self.course != Course::Over {
            match self.happenings.recv_timeout(self.patience()) {
                Ok(happening) => self.take(happening),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                // We hold a sender ourselves.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
            self.look_around();
        }
        self.prompter.stop();
        if !self.kept.is_empty() {
            let sent = match self.kept.len() {
                1 => "1 kept message was never sent".to_owned(),
                count => format!("{count} kept messages were never sent"),
            };
            self.complain(&sent);
        }
        self.write_out()?;
        self.outcome
    }

    fn take(&mut self, happening: Happening) {
        match happening {
            Happening::Typed(typed) => self.typed(typed),
            Happening::Dialled(number, result) if self.wire.is_present(number) => {
                self.dialled(*result);
            }
            Happening::Ended(number, summary) if self.wire.is_present(number) => match *summary {
                Ok(summary) => self.ended(summary),
                Err(error) => self.failed(error),
            },
            // Of a connection that was given up for another.
            Happening::Dialled(..) | Happening::Ended(..) => {}
            Happening::Pong { payload, rtt } => self.pong(&payload, rtt),
            Happening::Signal(signal) => self.signal(signal),
            Happening::Panicked => {
                self.outcome = Err(Error::Input("a thread has failed".to_owned()));
                self.course = Course::Over;
            }
        }
    }

    fn typed(&mut self, typed: Typed) {
        self.interrupted &= matches!(typed, Typed::Interrupted { .. });
        match typed {
            Typed::Line(line) => self.line(&line),
            Typed::Interrupted { touched } => self.interrupt(touched),
            Typed::EndOfInput => self.leave(),
            Typed::Failed(error) => {
                self.failed(io::Error::other(error));
                self.leave();
            }
        }
        self.ask();
    }

    fn line(&mut self, line: &str) {
        self.remember(line);
        match command::parse(line) {
            Ok(Line::Empty) => {}
            Ok(Line::Message(text)) => self.send_typed(self.config.kind, text.into_bytes()),
            Ok(Line::Action(action)) => self.act(action),
            Err(mistake) => self.complain(&mistake.to_string()),
        }
    }

    fn remember(&mut self, line: &str) {
        if let Some(file) = &self.history
            && let Err(error) = past::append(file, line)
        {
            let text = format!("what is typed is not kept, {}: {error}", file.display());
            self.history = None;
            self.tell(Role::Warning, &text);
        }
    }

    fn ask(&self) {
        if self.course == Course::Staying {
            let prompt = match self.wire.state {
                State::Up(_) | State::Dialling => PROMPT,
                State::Waiting(_) | State::Down => PROMPT_DOWN,
            };
            self.prompter.ask(prompt, String::new());
        }
    }

    /// Ctrl-C on an empty line: the second in a row leaves.
    fn interrupt(&mut self, touched: bool) {
        if self.interrupted && !touched {
            return self.signal(INTERRUPT);
        }
        self.interrupted = true;
        self.tell(Role::Dim, "Ctrl-C again leaves; so does Ctrl-D");
    }

    fn signal(&mut self, signal: i32) {
        match self.wire.up() {
            Some(up) => up.signal(signal),
            None => {
                self.outcome = Err(Error::Interrupted(signal));
                self.course = Course::Over;
            }
        }
        if self.course == Course::Staying {
            self.course = Course::Leaving;
        }
    }

    pub(crate) fn leave(&mut self) {
        self.asked_to_close = true;
        self.wire.next = None;
        self.course = match self.wire.up() {
            Some(up) => {
                // Refused where it is closing already.
                let _ = up.send(Command::Close(CloseFrame::new(1000, "")));
                Course::Leaving
            }
            None => Course::Over,
        };
    }

    /// How long to wait for a happening.
    fn patience(&self) -> Duration {
        let rtt = self.rtt.as_ref().map(Rtt::time_left);
        let attempt = self.wire.until_next_attempt();
        let look = self.wire.up().map(|_| LOOK);
        let waits = [rtt, attempt, look].into_iter().flatten();
        waits.min().unwrap_or(Duration::from_secs(3600))
    }

    /// What is due by the clock.
    fn look_around(&mut self) {
        self.rtt_is_late();
        if self.wire.until_next_attempt() == Some(Duration::ZERO) {
            self.dial(None);
        }
        if let Some(up) = self.wire.up()
            && let Some(line) = self.watch.look(&up.shared, Instant::now())
        {
            self.screen.show_passing(line);
        }
    }

    /// Runs another program on our terminal, whose Ctrl-C is not ours.
    pub(crate) fn without_interrupts<T>(&self, run: impl FnOnce(&Self) -> T) -> T {
        self.ignores_interrupts.store(true, SeqCst);
        let result = run(self);
        self.ignores_interrupts.store(false, SeqCst);
        result
    }
}

fn no_terminal(source: io::Error) -> Error {
    let what = "the terminal";
    Error::Io { what, source }
}

/// SIGINT's number, the same on every system.
const INTERRUPT: i32 = 2;
