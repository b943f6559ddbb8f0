//! The terminal as the other threads see it: text goes above the line that is being typed.
//!
//! rustyline's printer hands one string at a time from thread to thread, blocks whoever prints
//! while no line is being read, and loses what it holds when the reading ends. So nothing but a
//! nudge goes through it. What is to be shown waits here, and the thread that reads the line
//! takes it when it draws the prompt:
//!
//! ```text
//! reader, writer, main ── show ──▶ Backlog ──▶ Screen::above ──▶ highlight_prompt (readline's thread)
//!                            └ nudge ▶ printer thread ▶ rustyline's printer ─┘ "draw again"
//! ```
//!
//! While no line is being read, `show` writes at once. Every text counts as trusted here: what
//! the peer wrote has been through the sanitiser.

use std::{
    io::{self, Write as _},
    sync::{
        Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, TrySendError},
    },
    time::Instant,
};

use super::flood::Backlog;
use crate::output::{
    counted, progress,
    style::{Role, Style},
};

/// What is shown, and what waits to be.
#[derive(Debug)]
pub struct Screen {
    state: Mutex<State>,
    nudge: SyncSender<()>,
    style: Style,
}

#[derive(Debug)]
struct State {
    backlog: Backlog,
    mode: Mode,
    /// One line that the next drawing replaces.
    passing: Option<String>,
    /// Such a line stands above the prompt.
    passing_stands: bool,
    told_about_save: bool,
}

/// Who may write to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// A line is being edited: only the thread that reads it.
    Editing,
    /// Anyone who holds the lock.
    Free,
    /// Nobody: another program has the terminal.
    Held,
}

impl Screen {
    /// A screen whose prompt is drawn again after each message on `nudge`.
    #[must_use]
    pub fn new(style: Style, nudge: SyncSender<()>) -> Self {
        Self {
            state: Mutex::new(State {
                backlog: Backlog::new(Instant::now()),
                mode: Mode::Free,
                passing: None,
                passing_stands: false,
                told_about_save: false,
            }),
            nudge,
            style,
        }
    }

    /// The colours of the terminal.
    #[must_use]
    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether a message may be shown; it is counted as left out if not.
    #[must_use]
    pub fn admits(&self, bytes: usize) -> bool {
        let mut state = self.lock();
        let admitted = state.backlog.admits(bytes as u64, Instant::now());
        // Otherwise the count goes with the next text: one note for each would be a flood itself.
        if !admitted && state.mode == Mode::Editing {
            self.publish(state);
        }
        admitted
    }

    /// Shows a message that was admitted.
    pub fn show_message(&self, text: &str) {
        let mut state = self.lock();
        state.backlog.push(text);
        self.publish(state);
    }

    /// Shows text that no flood hides.
    pub fn show(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut state = self.lock();
        // What was left out came before this, and is told before it.
        self.note_left_out(&mut state);
        state.backlog.push_free(text);
        self.publish(state);
    }

    /// The user knows of `/save`, and need not be told.
    pub fn knows_save(&self) {
        self.lock().told_about_save = true;
    }

    /// Shows a line that the next one replaces; `None` takes it away.
    ///
    /// It needs a cursor that can go up, so that it shows only while a line is being edited.
    pub fn show_passing(&self, line: Option<String>) {
        let mut state = self.lock();
        if line == state.passing && line.is_none() {
            return;
        }
        state.passing = line;
        self.publish(state);
    }

    /// A line will be edited from now on.
    pub fn begin_editing(&self) {
        let mut state = self.lock();
        state.mode = Mode::Editing;
        // Between this and the last drawing an entered line has come to stand.
        state.passing_stands = false;
    }

    /// The line is complete, or was given up.
    pub fn end_editing(&self) {
        let mut state = self.lock();
        state.mode = Mode::Free;
        state.passing_stands = false;
        self.publish(state);
    }

    /// Another program has the terminal; everything waits.
    pub fn hold(&self) {
        self.lock().mode = Mode::Held;
    }

    /// The terminal is ours again.
    pub fn release(&self) {
        let mut state = self.lock();
        state.mode = Mode::Free;
        self.publish(state);
    }

    /// Draws the prompt again: something else has been on the screen.
    pub fn redraw(&self) {
        let state = self.lock();
        self.publish(state);
    }

    /// What is to be drawn above the prompt, with the cursor at the start of its row.
    #[must_use]
    pub fn above(&self) -> String {
        self.take(&mut self.lock())
    }

    /// Brings a change before the eye, in the way that the mode allows.
    fn publish(&self, mut state: MutexGuard<'_, State>) {
        match state.mode {
            Mode::Editing => {
                drop(state);
                // Full means that a nudge is on its way already.
                if let Err(TrySendError::Disconnected(())) = self.nudge.try_send(()) {
                    self.lock().mode = Mode::Free;
                }
            }
            Mode::Held => {}
            Mode::Free => {
                let text = self.take(&mut state);
                let mut out = io::stdout().lock();
                // A terminal that has gone away is noticed by whoever reads from it.
                let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
            }
        }
    }

    fn take(&self, state: &mut State) -> String {
        self.note_left_out(state);
        let waiting = state.backlog.take();
        let passing = state
            .passing
            .clone()
            .filter(|_| state.mode == Mode::Editing);
        if waiting.is_empty() && passing.is_none() && !state.passing_stands {
            return String::new();
        }
        let mut text = String::with_capacity(waiting.len() + 160);
        if state.passing_stands {
            text.push_str("\x1b[A\r\x1b[K");
        }
        text.push_str(&waiting);
        state.passing_stands = passing.is_some();
        if let Some(line) = passing {
            text.push_str(&self.style.paint(Role::Dim, line).to_string());
            text.push('\n');
        }
        text
    }

    /// Puts the count of what was left out, if any was, after what waits.
    fn note_left_out(&self, state: &mut State) {
        let left_out = state.backlog.take_left_out();
        if left_out.is_none() {
            return;
        }
        let mut note = format!(
            "… {} not shown, {}",
            counted(left_out.messages, "message"),
            progress::size(left_out.bytes)
        );
        if !std::mem::replace(&mut state.told_about_save, true) {
            note.push_str("; /save FILE writes all");
        }
        let note = self.style.paint(Role::Dim, note).to_string();
        state.backlog.push_free(&note);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, sync_channel};

    use super::*;

    fn editing() -> (Screen, Receiver<()>) {
        let (nudge, nudged) = sync_channel(1);
        let screen = Screen::new(Style::PLAIN, nudge);
        screen.begin_editing();
        (screen, nudged)
    }

    #[test]
    fn gives_everything_once_and_in_order() {
        let (screen, nudged) = editing();
        screen.show("one");
        screen.show_message("two\n");
        assert!(nudged.try_recv().is_ok());
        assert!(nudged.try_recv().is_err(), "one nudge is enough");
        assert_eq!(screen.above(), "one\ntwo\n");
        assert_eq!(screen.above(), "");
    }

    #[test]
    fn counts_what_it_leaves_out_and_names_the_way_to_all_of_it_once() {
        let (screen, _nudged) = editing();
        while screen.admits(100) {
            screen.show_message("row");
        }
        let text = screen.above();
        let last = text.lines().last().unwrap();
        assert_eq!(last, "… 1 message not shown, 100 B; /save FILE writes all");
        while screen.admits(100) {
            screen.show_message("row");
        }
        assert!(screen.above().ends_with("… 1 message not shown, 100 B\n"));
    }

    #[test]
    fn counts_what_it_left_out_before_what_is_said_after_it() {
        let (screen, _nudged) = editing();
        while screen.admits(100) {
            screen.show_message("row");
        }
        screen.show("closed");
        let text = screen.above();
        let tail: Vec<_> = text.lines().rev().take(3).collect();
        let note = "… 1 message not shown, 100 B; /save FILE writes all";
        assert_eq!(tail, ["closed", note, "row"]);
        assert_eq!(screen.above(), "");
    }

    #[test]
    fn replaces_a_passing_line() {
        let (screen, _nudged) = editing();
        screen.show_passing(Some("10 %".to_owned()));
        assert_eq!(screen.above(), "10 %\n");
        screen.show_passing(Some("20 %".to_owned()));
        screen.show("news");
        assert_eq!(screen.above(), "\x1b[A\r\x1b[Knews\n20 %\n");
        screen.show_passing(None);
        assert_eq!(screen.above(), "\x1b[A\r\x1b[K");
        assert_eq!(screen.above(), "");
    }

    #[test]
    fn lets_a_passing_line_stand_above_an_entered_one() {
        let (screen, _nudged) = editing();
        screen.show_passing(Some("10 %".to_owned()));
        let _ = screen.above();
        screen.begin_editing();
        assert_eq!(screen.above(), "10 %\n");
    }
}
