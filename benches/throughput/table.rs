//! The medians as a Markdown table, and whether wscope met its targets.

use crate::{
    case::{Case, Target},
    client::{Client, REFERENCE, WSCOPE},
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
        "\n| case | client | result | of the reference | CPU s | of the reference | peak MiB | server busy | |\n\
         |---|---|--:|--:|--:|--:|--:|--:|---|\n",
    );
    text
}

impl Results {
    /// The case's rows of the table.
    pub(crate) fn rows(&self) -> String {
        let reference = self.rows.iter().find(|row| row.client == REFERENCE);
        let mut title = self.case.title();
        let mut text = String::new();
        for row in &self.rows {
            let seconds = row.median(|sample| sample.seconds);
            let cpu = row.median(|sample| sample.cpu);
            let time = reference.map(|limit| seconds / limit.median(|sample| sample.seconds));
            let ratio = time.map(|time| {
                if self.case.is_timed() {
                    time
                } else {
                    1.0 / time
                }
            });
            let cpu_ratio = reference.map(|limit| cpu / limit.median(|sample| sample.cpu));
            let peak = row.median(|sample| sample.peak_mib);
            let verdict = match row.failure() {
                Some(reason) => format!("**{reason}**"),
                None if row.client == WSCOPE => self.case.target.judge(ratio, cpu_ratio, peak),
                None => "intact".to_owned(),
            };
            text.push_str(&format!(
                "| {title} | {} | {} | {} | {cpu:.3} | {} | {peak:.1} | {:.0} % | {verdict} |\n",
                row.client,
                self.result(row, seconds),
                two_digits(ratio),
                two_digits(cpu_ratio),
                row.median(|sample| sample.server) * 100.0,
            ));
            title.clear();
        }
        text
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

impl Target {
    fn judge(&self, ratio: Option<f64>, cpu: Option<f64>, peak: f64) -> String {
        let mut missed = Vec::new();
        let mut bounds = Vec::new();
        let mut least = |name: &str, bound: Option<f64>, got: Option<f64>, sign: f64| {
            if let (Some(bound), Some(got)) = (bound, got) {
                let word = if sign > 0.0 { "≥" } else { "≤" };
                bounds.push(format!("{name}{word} {bound}"));
                if (got - bound) * sign < 0.0 || got.is_nan() {
                    missed.push(format!("{name}{got:.2}, not {word} {bound}"));
                }
            }
        };
        least("", self.rate, ratio, 1.0);
        least("", self.time, ratio, -1.0);
        least("CPU ", self.cpu, cpu, -1.0);
        least("MiB ", self.peak_mib, Some(peak), -1.0);
        match (missed.is_empty(), bounds.is_empty()) {
            (true, true) => "intact".to_owned(),
            (true, false) => format!("met: {}", bounds.join(", ")),
            (false, _) => format!("**missed: {}**", missed.join("; ")),
        }
    }
}

fn two_digits(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}
