//! The medians as a Markdown table, and whether wscope met its targets.

use crate::{
    case::Case,
    client::{Client, Lack, REFERENCE, WSCOPE},
    run::Sample,
};

/// All runs of one client in one case.
pub(crate) struct Row {
    pub(crate) client: &'static str,
    pub(crate) samples: Vec<Sample>,
}

/// The results of one case.
pub(crate) struct Results {
    pub(crate) case: Case,
    pub(crate) rows: Vec<Row>,
    /// Who is not there, and why.
    pub(crate) absent: Vec<(&'static str, Lack)>,
}

impl Row {
    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() % 2 {
            0 if values.is_empty() => f64::NAN,
            0 => f64::midpoint(values[middle - 1], values[middle]),
            _ => values[middle],
        }
    }

    fn seconds(&self) -> f64 {
        self.median(|sample| sample.seconds)
    }

    fn cpu(&self) -> f64 {
        self.median(|sample| sample.cpu)
    }

    fn peak_mib(&self) -> f64 {
        self.median(|sample| sample.peak_mib)
    }

    /// The first run that lost or altered something, or did not end well.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.samples
            .iter()
            .find_map(|sample| sample.verdict.as_ref().err())
            .map(String::as_str)
    }
}

/// The head of the report: machine, versions, what is missing.
pub(crate) fn heading(clients: &[Client], missing: &[String], runs: usize) -> String {
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let model = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |line| {
        line.trim_matches(|c| c == '\t' || c == ':' || c == ' ')
    });
    let versions: Vec<String> = clients
        .iter()
        .map(|client| format!("{} {}", client.name, client.version))
        .collect();
    let mut text = format!(
        "{cpus} × {model}, Linux {}; {}; medians of {runs} interleaved runs\n",
        kernel.trim(),
        versions.join(", ")
    );
    for line in missing {
        text.push_str(&format!("\nMissing: {line}\n"));
    }
    text.push_str(
        "\n| case | client | result | of the reference | of wscope | CPU s | of the reference | peak MiB | server busy | |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|---|\n",
    );
    text
}

impl Results {
    /// The case's rows of the table.
    pub(crate) fn rows(&self) -> String {
        let mut title = self.case.title();
        let mut text = String::new();
        for row in &self.rows {
            text.push_str(&self.row(&title, row));
            title.clear();
        }
        for (client, lack) in &self.absent {
            text.push_str(&format!(
                "| {title} | {client} | – | – | – | – | – | – | – | {lack} |\n"
            ));
        }
        text
    }

    fn row(&self, title: &str, row: &Row) -> String {
        let verdict = match row.failure() {
            Some(reason) => format!("**{reason}**"),
            None if row.client == WSCOPE => self.judge(row),
            None => "intact".to_owned(),
        };
        format!(
            "| {title} | {} | {} | {} | {} | {:.3} | {} | {:.1} | {:.0} % | {verdict} |\n",
            row.client,
            self.result(row, row.seconds()),
            two_digits(self.ratio(row, REFERENCE)),
            two_digits(self.ratio(row, WSCOPE)),
            row.cpu(),
            two_digits(self.cpu_ratio(row)),
            row.peak_mib(),
            row.median(|sample| sample.server) * 100.0,
        )
    }

    /// The row's result as a multiple of another client's: of a time where the case is timed, of a
    /// rate otherwise.
    fn ratio(&self, row: &Row, other: &str) -> Option<f64> {
        let time = row.seconds() / self.row_of(other)?.seconds();
        Some(if self.case.is_timed() {
            time
        } else {
            1.0 / time
        })
    }

    fn cpu_ratio(&self, row: &Row) -> Option<f64> {
        Some(row.cpu() / self.row_of(REFERENCE)?.cpu())
    }

    fn row_of(&self, client: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.client == client)
    }

    /// Holds wscope's row against its targets, and against the peers that came to an end, well or not.
    fn judge(&self, wscope: &Row) -> String {
        let target = &self.case.target;
        let ratio = self.ratio(wscope, REFERENCE);
        let mut judgement = Judgement::default();
        judgement.hold("", Bound::Least, target.rate, ratio);
        judgement.hold("", Bound::Most, target.time, ratio);
        judgement.hold("CPU ", Bound::Most, target.cpu, self.cpu_ratio(wscope));
        let peak = Some(wscope.peak_mib());
        judgement.hold("MiB ", Bound::Most, target.peak_mib, peak);
        for peer in &self.rows {
            if [WSCOPE, REFERENCE].contains(&peer.client) || peer.seconds().is_nan() {
                continue;
            }
            let speed = peer.seconds() / wscope.seconds();
            let least = self.case.least_of_peer(peer.client);
            let name = format!("of {} ", peer.client);
            judgement.hold(&name, Bound::Least, Some(least), Some(speed));
        }
        judgement.text()
    }

    fn result(&self, row: &Row, seconds: f64) -> String {
        use crate::case::Traffic::{Echo, Start};
        let second = row.median(|sample| sample.second.unwrap_or(f64::NAN));
        match self.case.traffic {
            Echo => format!("p50 {:.0} µs, p99 {:.0} µs", seconds * 1e6, second * 1e6),
            Start => format!(
                "exit {:.1} ms, first byte {:.1} ms",
                seconds * 1e3,
                second * 1e3
            ),
            _ if self.case.pattern.size >= 1 << 20 => {
                let mib = self.case.pattern.bytes() as f64 / f64::from(1 << 20);
                format!("{:.0} MiB/s", mib / seconds)
            }
            _ => {
                let rate = self.case.pattern.count as f64 / seconds;
                if rate >= 1e6 {
                    format!("{:.2} M/s", rate / 1e6)
                } else {
                    format!("{:.0} k/s", rate / 1e3)
                }
            }
        }
    }
}

/// Which side of a bound is the right one.
#[derive(Clone, Copy)]
enum Bound {
    Least,
    Most,
}

/// The bounds that were met and missed.
#[derive(Default)]
struct Judgement {
    bounds: Vec<String>,
    missed: Vec<String>,
}

impl Judgement {
    fn hold(&mut self, name: &str, side: Bound, bound: Option<f64>, got: Option<f64>) {
        let (Some(bound), Some(got)) = (bound, got) else {
            return;
        };
        let (word, is_met) = match side {
            Bound::Least => ("≥", got >= bound),
            Bound::Most => ("≤", got <= bound),
        };
        self.bounds.push(format!("{name}{word} {bound}"));
        if !is_met {
            self.missed
                .push(format!("{name}{got:.2}, not {word} {bound}"));
        }
    }

    fn text(&self) -> String {
        match (self.missed.is_empty(), self.bounds.is_empty()) {
            (true, true) => "intact".to_owned(),
            (true, false) => format!("met: {}", self.bounds.join(", ")),
            (false, _) => format!("**missed: {}**", self.missed.join("; ")),
        }
    }
}

fn two_digits(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}
