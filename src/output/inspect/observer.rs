//! The inspector between the session's two threads and one stream.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::Inspector;
use crate::{
    event::{Cut, Direction},
    output::{SharedStream, talk::Talk},
    session::{FrameObserver, Output},
    ws::{FrameContext, FrameStep, Severity, Unfinished, Violation},
};

/// Written out beyond this many bytes even if no thread is about to wait.
const BATCH: usize = 64 * 1024;

/// An [`Inspector`] that both threads of a session tell what they see.
///
/// Lock order: the inspector, then the stream.
#[derive(Clone, Debug)]
pub struct InspectorHandle {
    inspector: Arc<Mutex<Inspector>>,
    /// Records on the stream that the events are written to as well.
    joins_output: bool,
    stream: SharedStream,
}

impl InspectorHandle {
    /// An inspector that writes to `stream`.
    #[must_use]
    pub fn new(inspector: Inspector, stream: SharedStream) -> Self {
        Self {
            joins_output: inspector.writes_records(),
            inspector: Arc::new(Mutex::new(inspector)),
            stream,
        }
    }

    /// Tells the inspector, and writes out what it has to say.
    fn tell(&self, what: impl FnOnce(&mut Inspector)) {
        let mut inspector = self
            .inspector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        what(&mut inspector);
        let _ = self.stream.write(inspector.output()); // without its reader there is nobody to tell
    }

    /// Tells the inspector, and writes out what it has to say when that is much.
    fn gather(&self, what: impl FnOnce(&mut Inspector)) {
        let mut inspector = self
            .inspector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        what(&mut inspector);
        if !self.joins_output && inspector.output().len() >= BATCH {
            let _ = self.stream.write(inspector.output());
        }
    }
}

/// Says what is tolerated, and shows no frames.
#[derive(Debug)]
pub struct Tolerated(pub Talk);

impl FrameObserver for Tolerated {
    fn wants_frames(&self) -> bool {
        false
    }

    fn violation(&mut self, _: Duration, violation: &Violation, severity: Severity) {
        if severity == Severity::Tolerated {
            self.0.note(&format!("tolerated: {violation}"));
        }
    }

    fn frame(&mut self, _: Direction, _: Duration, _: &FrameStep<'_>) {}

    fn stalled(&mut self, _: Duration, _: Unfinished, _: Duration) {}

    fn cut_off(&mut self, _: Duration, _: Unfinished, _: Cut) {}

    fn flush(&mut self) {}
}

impl FrameObserver for InspectorHandle {
    fn joins_output(&self) -> bool {
        self.joins_output
    }

    fn hand_over(&mut self, output: &mut dyn Output) -> io::Result<()> {
        if !self.joins_output {
            return Ok(());
        }
        let mut inspector = self
            .inspector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inspector.pause();
        output.take_records(inspector.output())
    }

    fn frame(&mut self, direction: Direction, at: Duration, step: &FrameStep<'_>) {
        self.gather(|inspector| inspector.frame(direction, step, at));
    }

    fn whole_frame(
        &mut self,
        direction: Direction,
        at: Duration,
        context: &FrameContext,
        payload: &[u8],
    ) {
        self.gather(|inspector| inspector.whole_frame(direction, context, payload, at));
    }

    fn violation(&mut self, _: Duration, violation: &Violation, severity: Severity) {
        let mut inspector = self
            .inspector
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inspector.violation(Direction::Received, violation, severity);
    }

    fn stalled(&mut self, at: Duration, what: Unfinished, quiet: Duration) {
        self.tell(|inspector| inspector.stalled(Direction::Received, what, quiet, at));
    }

    fn cut_off(&mut self, at: Duration, what: Unfinished, cut: Cut) {
        self.tell(|inspector| inspector.cut_off(Direction::Received, what, cut, at));
    }

    fn flush(&mut self) {
        self.tell(Inspector::pause);
    }
}
