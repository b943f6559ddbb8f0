//! The thread that reads lines, and the printer that makes it draw its prompt again.

use std::{
    borrow::Cow,
    io,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use rustyline::{
    Cmd, ColorMode, CompletionType, ConditionalEventHandler, Config, Context, Editor, Event,
    EventContext, EventHandler, ExternalPrinter, KeyCode, KeyEvent, Modifiers, Movement,
    RepeatCount,
    completion::{Completer, Pair},
    config::BellStyle,
    error::ReadlineError,
    highlight::Highlighter,
    hint::{Hint, Hinter},
    history::{History as _, MemHistory},
    validate::Validator,
};
use unicode_width::UnicodeWidthStr as _;

use super::{complete, flood::DRAW_INTERVAL, past, screen::Screen, terminal::Terminal};
use crate::output::{style::Role, terminal_width};

/// What came of asking for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, of several lines where it was pasted or Alt-Enter was used.
    Line(String),
    /// Ctrl-C on an empty line.
    Interrupted {
        /// Something had been typed before, and was taken back.
        touched: bool,
    },
    /// Ctrl-D on an empty line, or the terminal has gone.
    EndOfInput,
    /// The terminal cannot be read.
    Failed(String),
}

/// Asks for lines, one after the other.
#[derive(Debug)]
pub struct Prompter {
    asks: mpsc::Sender<Ask>,
    reading: Arc<Reading>,
    is_editing: bool,
}

#[derive(Debug)]
struct Ask {
    prompt: &'static str,
    initial: String,
}

/// Whether a line is being read, and whether that has to end.
#[derive(Debug, Default)]
struct Reading {
    state: Mutex<ReadingState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ReadingState {
    active: bool,
    stopped: bool,
}

impl Prompter {
    /// Starts the thread; `tell` is called on it with each result.
    ///
    /// On a terminal that cannot move its cursor, lines are read as the system gives them.
    ///
    /// # Errors
    ///
    /// The terminal cannot be used, or the system has no threads left.
    pub fn start(
        screen: Arc<Screen>,
        nudges: mpsc::Receiver<()>,
        past: &[String],
        terminal: Terminal,
        is_editing: bool,
        tell: impl Fn(Typed) + Send + 'static,
    ) -> io::Result<Self> {
        let (asks, asked) = mpsc::channel();
        let reading = Arc::new(Reading::default());
        let touched = Arc::new(AtomicBool::new(false));
        let mut editor = editor(Arc::clone(&screen), Arc::clone(&touched), past, terminal)
            .map_err(|error| io::Error::other(error.to_string()))?;
        if is_editing {
            let printer = editor
                .create_external_printer()
                .map_err(|error| io::Error::other(error.to_string()))?;
            thread::Builder::new()
                .name("printer".to_owned())
                .spawn(move || nudge(printer, &nudges))?;
        }
        let worker = Worker {
            editor,
            screen,
            touched,
            reading: Arc::clone(&reading),
            is_editing,
        };
        thread::Builder::new()
            .name("prompt".to_owned())
            .spawn(move || worker.run(&asked, tell))?;
        Ok(Self {
            asks,
            reading,
            is_editing,
        })
    }

    /// Asks for a line that begins with `initial`.
    pub fn ask(&self, prompt: &'static str, initial: String) {
        // Without a thread there is nobody to type either; its last word was a failure.
        let _ = self.asks.send(Ask { prompt, initial });
    }

    /// Ends the reading for good, whatever has been typed; the terminal is then as it was.
    pub fn stop(&self) {
        let mut state = self.reading.lock();
        state.stopped = true;
        // Without raw mode there is nothing to bring back, and nothing that a signal would end.
        if !self.is_editing {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        while state.active && Instant::now() < deadline {
            // rustyline ends a line for SIGINT. It may come before its handler is there: again.
            interrupt_ourselves();
            state = self
                .reading
                .changed
                .wait_timeout(state, Duration::from_millis(20))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

impl Reading {
    fn lock(&self) -> std::sync::MutexGuard<'_, ReadingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins, unless it is over.
    fn begin(&self) -> bool {
        let mut state = self.lock();
        state.active = !state.stopped;
        state.active
    }

    /// Ends, and says whether it is over for good.
    fn end(&self) -> bool {
        let mut state = self.lock();
        state.active = false;
        self.changed.notify_all();
        state.stopped
    }
}

struct Worker {
    editor: Editor<Companion, MemHistory>,
    screen: Arc<Screen>,
    touched: Arc<AtomicBool>,
    reading: Arc<Reading>,
    is_editing: bool,
}

impl Worker {
    fn run(mut self, asked: &mpsc::Receiver<Ask>, tell: impl Fn(Typed)) {
        for ask in asked {
            if !self.reading.begin() {
                return;
            }
            let typed = self.read(&ask);
            if self.reading.end() {
                return;
            }
            tell(typed);
        }
    }

    fn read(&mut self, ask: &Ask) -> Typed {
        self.touched.store(!ask.initial.is_empty(), SeqCst);
        if self.is_editing {
            self.screen.begin_editing();
        }
        let read = self
            .editor
            .readline_with_initial(ask.prompt, (&ask.initial, ""));
        if self.is_editing {
            self.screen.end_editing();
        }
        match read {
            Ok(line) => {
                let _ = self.editor.add_history_entry(line.as_str());
                Typed::Line(line)
            }
            Err(ReadlineError::Interrupted) => Typed::Interrupted {
                touched: self.touched.load(SeqCst),
            },
            Err(ReadlineError::Eof) => Typed::EndOfInput,
            // Bytes that are no UTF-8: the line is lost, the session is not.
            Err(ReadlineError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
                self.screen.show("that was not UTF-8, and is dropped");
                Typed::Line(String::new())
            }
            // EIO is a terminal that has hung up.
            #[cfg(unix)]
            Err(ReadlineError::Errno(nix::errno::Errno::EIO)) => Typed::EndOfInput,
            Err(error) => Typed::Failed(error.to_string()),
        }
    }
}

fn editor(
    screen: Arc<Screen>,
    touched: Arc<AtomicBool>,
    past: &[String],
    terminal: Terminal,
) -> rustyline::Result<Editor<Companion, MemHistory>> {
    let config = Config::builder()
        .max_history_size(past::MAX_LINES)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .bell_style(BellStyle::None)
        // Without colours too: the highlighter is also where waiting text is drawn.
        .color_mode(ColorMode::Forced)
        .build();
    let mut history = MemHistory::with_config(&config);
    for line in past {
        history.add(line)?;
    }
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(Companion { screen, touched }));
    for key in [
        KeyEvent(KeyCode::Enter, Modifiers::ALT),
        KeyEvent(KeyCode::Char('\r'), Modifiers::ALT),
        KeyEvent(KeyCode::Char('M'), Modifiers::CTRL_ALT),
    ] {
        editor.bind_sequence(key, EventHandler::Simple(Cmd::Newline));
    }
    editor.bind_sequence(
        KeyEvent(KeyCode::Char('C'), Modifiers::CTRL),
        EventHandler::Conditional(Box::new(Clear)),
    );
    #[cfg(unix)]
    editor.bind_sequence(
        KeyEvent(KeyCode::Char('Z'), Modifiers::CTRL),
        EventHandler::Conditional(Box::new(Suspend(terminal))),
    );
    Ok(editor)
}

/// Ctrl-C on a line with something in it: the line goes, the reading does not end, and what was
/// typed ahead is not lost. Ctrl-Y brings it back.
struct Clear;

impl ConditionalEventHandler for Clear {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, ctx: &EventContext<'_>) -> Option<Cmd> {
        (!ctx.line().is_empty()).then_some(Cmd::Kill(Movement::WholeBuffer))
    }
}

/// Ctrl-Z, by ourselves: rustyline would give the shell the silent terminal that it has met.
#[cfg(unix)]
struct Suspend(Terminal);

#[cfg(unix)]
impl ConditionalEventHandler for Suspend {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext<'_>) -> Option<Cmd> {
        self.0.suspend();
        Some(Cmd::Repaint)
    }
}

/// Makes readline draw its prompt again, at most once in an interval.
///
/// The printer blocks while readline does not run; so nobody waits for this thread.
fn nudge(mut printer: impl ExternalPrinter, nudges: &mpsc::Receiver<()>) {
    for () in nudges {
        // Up and down again: rustyline wants a line, and there is none to be added.
        if printer.print("\x1b[A\n".to_owned()).is_err() {
            return;
        }
        thread::sleep(DRAW_INTERVAL);
    }
}

#[cfg(unix)]
fn interrupt_ourselves() {
    use nix::{sys::signal, unistd::Pid};
    let _ = signal::kill(Pid::this(), signal::Signal::SIGINT);
}

#[cfg(not(unix))]
fn interrupt_ourselves() {}

/// What rustyline asks while a line is typed.
struct Companion {
    screen: Arc<Screen>,
    touched: Arc<AtomicBool>,
}

impl rustyline::Helper for Companion {}

impl Validator for Companion {}

impl Completer for Companion {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (start, offers) = complete::offers(line, pos);
        let pairs = offers.into_iter().map(|offer| Pair {
            display: offer.label,
            replacement: offer.text,
        });
        Ok((start, pairs.collect()))
    }
}

impl Hinter for Companion {
    type Hint = Suggestion;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Suggestion> {
        if !line.is_empty() {
            self.touched.store(true, SeqCst);
        }
        if pos < line.len() {
            return None;
        }
        let (taken, shown) = complete::hint(line)?;
        let shown = taken.clone() + &shown;
        let columns = terminal_width().unwrap_or(80);
        // A hint that wraps would push the screen up with every key.
        (PROMPT.width() + line.width() + shown.width() < columns)
            .then_some(Suggestion { taken, shown })
    }
}

impl Highlighter for Companion {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let painted = self.screen.style().paint(Role::Sent, prompt);
        Cow::Owned(format!("{}{painted}", self.screen.above()))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.screen.style().paint(Role::Dim, hint).to_string())
    }
}

/// A hint of which the first part can be taken over.
struct Suggestion {
    taken: String,
    shown: String,
}

impl Hint for Suggestion {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        Some(self.taken.as_str()).filter(|taken| !taken.is_empty())
    }
}

/// The prompt of an open connection.
pub const PROMPT: &str = "> ";

/// The prompt while there is none.
pub const PROMPT_DOWN: &str = "(closed) > ";

/// How long the reading may take to end; a terminal that is stuck keeps nobody longer.
const PATIENCE: Duration = Duration::from_secs(1);
