//! A process and what it cost: run by a small parent of its own, so that the numbers are its own.
//!
//! `getrusage` tells the sum of all children that were waited for; with one child, that is it.

use std::{
    io, os::unix::process::ExitStatusExt as _, path::Path, process::Command, time::Duration,
};

use nix::sys::resource::{UsageWho, getrusage};

use crate::clock;

/// What a process did and used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Before it was spawned, in nanoseconds of the monotonic clock.
    pub(crate) spawned: u64,
    /// When it was gone.
    pub(crate) exited: u64,
    /// Its status, or 128 and the signal.
    pub(crate) status: i32,
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The most memory that was resident, in KiB.
    pub(crate) peak_kib: u64,
}

/// `--measure REPORT PROGRAM ARGS…`: the small parent.
pub(crate) fn run(args: &[String]) -> io::Result<()> {
    let [report, program, args @ ..] = args else {
        return Err(io::Error::other("--measure REPORT PROGRAM [ARGS]"));
    };
    let spawned = clock::now();
    let mut child = Command::new(program).args(args).spawn()?;
    std::fs::write(format!("{report}.pid"), child.id().to_string())?;
    let status = child.wait()?;
    let exited = clock::now();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec())
        .iter()
        .sum::<i64>();
    let status = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    std::fs::write(
        report,
        format!("{spawned} {exited} {status} {cpu} {}", usage.max_rss()),
    )
}

/// The process id of the measured process.
pub(crate) fn pid(report: &Path) -> Option<i32> {
    let path = format!("{}.pid", report.display());
    std::fs::read_to_string(path).ok()?.parse().ok()
}

/// What the small parent wrote.
pub(crate) fn read(report: &Path) -> io::Result<Usage> {
    let text = std::fs::read_to_string(report)?;
    let numbers: Vec<u64> = text
        .split(' ')
        .filter_map(|word| word.parse().ok())
        .collect();
    let [spawned, exited, status, cpu, peak_kib] = numbers[..] else {
        return Err(io::Error::other(format!("a report of {text:?}")));
    };
    let cpu = Duration::from_micros(cpu);
    Ok(Usage {
        spawned,
        exited,
        status: status as i32,
        cpu,
        peak_kib,
    })
}
