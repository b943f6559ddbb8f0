//! A meeting of two threads: one waits, the other lets it go on. This is what tests use instead of sleeping.

use std::sync::mpsc;

use crate::run::PATIENCE;

/// A closed gate and its key.
pub(crate) fn gate() -> (Key, Gate) {
    let (sender, receiver) = mpsc::channel();
    (Key(sender), Gate(receiver))
}

pub(crate) struct Key(mpsc::Sender<()>);

pub(crate) struct Gate(mpsc::Receiver<()>);

impl Key {
    /// Lets one [`Gate::pass`] go on.
    pub(crate) fn open(&self) {
        let _ = self.0.send(());
    }
}

impl Gate {
    #[track_caller]
    pub(crate) fn pass(&self) {
        self.0.recv_timeout(PATIENCE).expect("the gate is opened");
    }
}
