//! Why nothing comes back: is the path dead, or the peer's application deaf.
//!
//! The kernel knows. Bytes that the other kernel has not acknowledged stay in the send queue; bytes
//! that it has and that nobody answers are the application's. Linux shows both in `/proc/net/tcp`.

use std::{fs, net::SocketAddr};

use super::evidence::{Evidence, Fact};
use crate::net::{Timeline, timeline::Detail};

/// What the kernel knows of one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Queue {
    unacked_bytes: u32,
    retransmits: u32,
}

/// Notes which of the two it is, where the system tells.
pub(super) fn look(timeline: &Timeline, evidence: &mut Evidence) {
    let Some((local, remote)) = ends(timeline) else {
        return;
    };
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let text: String = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .collect();
    let Some(queue) = find(&text, local, remote) else {
        return;
    };
    evidence.value("unacked", queue.unacked_bytes.to_string());
    evidence.value("retransmits", queue.retransmits.to_string());
    evidence.saw(if queue.unacked_bytes > 0 {
        Fact::PathDead
    } else {
        Fact::PeerDeaf
    });
}

fn ends(timeline: &Timeline) -> Option<(SocketAddr, SocketAddr)> {
    timeline
        .steps()
        .iter()
        .rev()
        .find_map(|step| match &step.detail {
            Detail::Tcp(tcp) => tcp.local.zip(tcp.connected()),
            _ => None,
        })
}

/// The row of the connection: `sl local remote st tx:rx tr:when retransmits …`, all hexadecimal.
fn find(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<Queue> {
    let mut rows = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = rows.find(|cells| {
        let port = |at: usize| {
            cells
                .get(at)
                .and_then(|end| end.rsplit_once(':'))
                .map(|(_, port)| port)
        };
        let is = |at, port_number: u16| port(at).and_then(hex) == Some(u32::from(port_number));
        is(1, local.port()) && is(2, remote.port())
    })?;
    Some(Queue {
        unacked_bytes: row.get(4)?.split(':').next().and_then(hex)?,
        retransmits: row.get(6).copied().and_then(hex)?,
    })
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_row_of_the_connection() {
        let local = "127.0.0.1:40000".parse().unwrap();
        let remote = "127.0.0.1:9001".parse().unwrap();
        let queue = find(TABLE, local, remote).unwrap();
        assert_eq!(
            queue,
            Queue {
                unacked_bytes: 12,
                retransmits: 3
            }
        );
        assert_eq!(find(TABLE, remote, local), None);
    }

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid
   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0
   1: 0100007F:9C40 0100007F:2329 01 0000000C:00000000 01:00000012 00000003     0
";
}
