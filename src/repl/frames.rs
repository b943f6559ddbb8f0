//! `/inspect`: the frames on the screen, switched on and off while the connection works.

use std::{
    io::{self, Write},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use super::screen::Screen;
use crate::{
    event::{Cut, Direction},
    output::{
        SharedStream,
        inspect::{Detail, Inspector, InspectorHandle, Options},
        terminal_width,
    },
    session::FrameObserver,
    ws::{FrameContext, FrameStep, Severity, Unfinished, Violation},
};

/// The switch, and what it switches.
#[derive(Debug)]
pub struct Frames {
    /// Asked for every frame, so that one that nobody wants to see costs no lock.
    is_on: AtomicBool,
    handle: Mutex<Option<InspectorHandle>>,
    options: Options,
    screen: Arc<Screen>,
}

impl Frames {
    /// Frames to `screen`, shown at once where `options` are given.
    #[must_use]
    pub fn new(options: Option<Options>, screen: Arc<Screen>) -> Self {
        let frames = Self {
            is_on: AtomicBool::new(false),
            handle: Mutex::new(None),
            options: options.unwrap_or_default(),
            screen,
        };
        frames.show(options.map(|options| options.detail));
        frames
    }

    /// Whether frames are shown.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.is_on.load(Relaxed)
    }

    /// Shows so much of each frame from now on; `None` shows none.
    pub fn show(&self, detail: Option<Detail>) {
        let handle = detail.map(|detail| {
            let inspector = Inspector::new(Options {
                detail,
                style: self.screen.style(),
                width: terminal_width().unwrap_or(80),
                ..self.options
            });
            let lines = Lines(Arc::clone(&self.screen));
            InspectorHandle::new(inspector, SharedStream::new(Box::new(lines)))
        });
        let mut present = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_on.store(handle.is_some(), Relaxed);
        *present = handle;
    }

    /// An observer for one thread of a connection.
    #[must_use]
    pub fn observer(self: &Arc<Self>) -> Box<dyn FrameObserver> {
        Box::new(Observer(Arc::clone(self)))
    }

    fn tell(&self, what: impl FnOnce(&mut InspectorHandle)) {
        if self.is_on() {
            let mut handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(handle) = &mut *handle {
                what(handle);
            }
        }
    }
}

#[derive(Debug)]
struct Observer(Arc<Frames>);

impl FrameObserver for Observer {
    fn frame(&mut self, direction: Direction, at: Duration, step: &FrameStep<'_>) {
        self.0
            .tell(|inspector| inspector.frame(direction, at, step));
    }

    fn whole_frame(
        &mut self,
        direction: Direction,
        at: Duration,
        context: &FrameContext,
        payload: &[u8],
    ) {
        self.0
            .tell(|inspector| inspector.whole_frame(direction, at, context, payload));
    }

    fn violation(&mut self, at: Duration, violation: &Violation, severity: Severity) {
        self.0
            .tell(|inspector| inspector.violation(at, violation, severity));
    }

    fn stalled(&mut self, at: Duration, what: Unfinished, quiet: Duration) {
        self.0.tell(|inspector| inspector.stalled(at, what, quiet));
    }

    fn cut_off(&mut self, at: Duration, what: Unfinished, cut: Cut) {
        self.0.tell(|inspector| inspector.cut_off(at, what, cut));
    }

    fn flush(&mut self) {
        self.0.tell(FrameObserver::flush);
    }
}

/// The screen as a stream of whole lines; a flood of frames is thinned out like one of messages.
struct Lines(Arc<Screen>);

impl Write for Lines {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if self.0.admits(lines.len()) {
            self.0.show_message(&String::from_utf8_lossy(lines));
        }
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
