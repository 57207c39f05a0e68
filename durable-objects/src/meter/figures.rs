//! What all meters know together, as the page of administrators reads it (rule LF5).

use std::fmt::Write;

use protocol::Timestamp;
use room::{LATENCY_MS, Latency, Tally};

use super::State;
use super::steps::{STEP_MS, STEPS, number_of};

/// The sum of several meters.
#[derive(Debug)]
pub struct Figures {
    pub(super) at: Timestamp,
    pub(super) rooms: u64,
    pub(super) connections: u64,
    /// Connections and counts of each step of the last hour, the oldest first.
    steps: Vec<(u64, Tally)>,
    pub(super) total: Tally,
}

impl Figures {
    /// Of no meter yet.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        let steps = vec![Default::default(); usize::try_from(STEPS).unwrap_or_default()];
        Self { at, rooms: 0, connections: 0, steps, total: Tally::default() }
    }

    /// Adds what one meter knows.
    pub fn add(&mut self, state: &State) {
        self.rooms = self.rooms.saturating_add(state.rooms);
        self.connections = self.connections.saturating_add(state.connections);
        self.total.add(&state.total);
        let oldest = self.oldest();
        let mut known = state.steps.iter().skip_while(|step| step.number < oldest).peekable();
        let mut connections = 0;
        for (number, (sum, tally)) in (oldest..).zip(&mut self.steps) {
            // The clock of the other one may be a little behind.
            if let Some(step) = known.next_if(|step| step.number == number) {
                connections = step.connections;
                tally.add(&step.tally);
            }
            *sum = sum.saturating_add(connections);
        }
    }

    /// The answer to `GET admin/live`.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut errors = Tally::default();
        for (code, n) in self.steps.iter().flat_map(|(_, tally)| &tally.errors) {
            errors.add_errors(code, *n);
        }
        let errors: Vec<String> =
            errors.errors.iter().map(|(code, n)| format!("\"{code}\":{n}")).collect();
        let mut json = format!(
            "{{\"at\":{},\"step_ms\":{STEP_MS},\"rooms\":{},\"connections\":{},\
             \"errors\":{{{}}},\"steps\":{{\"from\":{}",
            self.at.0,
            self.rooms,
            self.connections,
            errors.join(","),
            self.oldest().saturating_mul(STEP_MS)
        );
        let sum =
            |tally: &Tally| tally.errors.values().fold(0, |all: u64, n| all.saturating_add(*n));
        self.series(&mut json, "connections", &|connections, _| connections.to_string());
        self.series(&mut json, "messages", &|_, tally| tally.messages.to_string());
        self.series(&mut json, "deliveries", &|_, tally| tally.deliveries.to_string());
        self.series(&mut json, "errors", &|_, tally| sum(tally).to_string());
        for percent in [50, 95, 99] {
            let of = |_, tally: &Tally| percentile(&tally.latency, percent);
            self.series(&mut json, &format!("p{percent}_ms"), &of);
        }
        json.push_str("}}");
        json
    }

    fn oldest(&self) -> u64 {
        number_of(self.at).saturating_sub(STEPS.saturating_sub(1))
    }

    fn series(&self, json: &mut String, name: &str, of: &dyn Fn(u64, &Tally) -> String) {
        // Writing to a string does not fail.
        let _ = write!(json, ",\"{name}\":[");
        for (n, (connections, tally)) in self.steps.iter().enumerate() {
            if n > 0 {
                json.push(',');
            }
            json.push_str(&of(*connections, tally));
        }
        json.push(']');
    }
}

/// The milliseconds that so many percent took at most, to a tenth, as Prometheus'
/// `histogram_quantile` estimates them; `null` of nothing.
fn percentile(latency: &Latency, percent: u64) -> String {
    let n = latency.buckets.iter().fold(0, |all: u64, n| all.saturating_add(*n));
    if n == 0 {
        return "null".to_owned();
    }
    // In hundredths of a message, so that nothing is rounded before the end.
    let rank = n.saturating_mul(percent);
    let (mut below, mut lower) = (0_u64, 0_u64);
    for (bound, count) in LATENCY_MS.iter().zip(latency.buckets) {
        let count = count.saturating_mul(100);
        let within = rank.saturating_sub(below);
        below = below.saturating_add(count);
        if below >= rank {
            let width = bound.saturating_sub(lower).saturating_mul(10);
            let tenths = width.saturating_mul(within).checked_div(count).unwrap_or_default();
            let tenths = lower.saturating_mul(10).saturating_add(tenths);
            return format!("{}.{}", tenths / 10, tenths % 10);
        }
        lower = *bound;
    }
    lower.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::meter::Meter;
    use crate::report::Report;

    const NOW: Timestamp = Timestamp(1_763_888_405_000);

    #[test]
    fn lf5_a_percentile_is_interpolated_within_its_bucket() {
        let mut latency = Latency::default();
        assert_eq!(percentile(&latency, 99), "null");
        latency.buckets[0] = 1;
        assert_eq!(percentile(&latency, 50), "0.5");
        // As histogram_quantile says of the same buckets.
        latency.buckets = [50, 0, 0, 0, 30, 10, 10, 0, 0, 0, 0, 0];
        assert_eq!(
            [50, 95, 99].map(|percent| percentile(&latency, percent)),
            ["1.0", "75.0", "95.0"]
        );
        latency.buckets[11] = 1_000;
        assert_eq!(percentile(&latency, 99), "2000", "longer than the last bound");
    }

    #[test]
    fn lf5_several_meters_make_one_answer() {
        let mut figures = Figures::new(NOW);
        for n in 1..=2 {
            let mut meter = Meter::restore(NOW, Vec::new(), Vec::new(), Tally::default());
            let mut tally = Tally { messages: n, deliveries: 10 * n, ..Tally::default() };
            tally.latency.note(1, 1);
            tally.add_errors("muted", n);
            let room = n.to_string();
            meter.report(NOW, Report { room, from: NOW, to: NOW, connections: 3, tally });
            meter.failed(NOW, "internal 1\n");
            figures.add(&meter.state(NOW, true));
        }
        let json: Value = serde_json::from_str(&figures.to_json()).unwrap();
        assert_eq!((&json["rooms"], &json["connections"]), (&json!(2), &json!(6)));
        assert_eq!(json["errors"], json!({ "internal": 2, "muted": 3 }));
        let steps = &json["steps"];
        assert_eq!(steps["from"], json!(1_763_888_400_000_u64 - 359 * 10_000));
        let last = |name: &str| steps[name][359].clone();
        assert!(
            ["connections", "p50_ms"]
                .iter()
                .all(|name| steps[name][358].is_u64() || steps[name][358].is_null())
        );
        let names = ["connections", "messages", "deliveries", "errors", "p50_ms"];
        assert_eq!(names.map(last), [json!(6), json!(3), json!(30), json!(5), json!(0.5)]);
        for name in
            ["connections", "messages", "deliveries", "errors", "p50_ms", "p95_ms", "p99_ms"]
        {
            assert_eq!(steps[name].as_array().map(Vec::len), Some(360), "{name}");
        }
    }
}
