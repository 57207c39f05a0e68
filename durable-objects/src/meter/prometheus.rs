//! The same for Prometheus, in its text format (rule LF7).

use std::fmt::Write;

use room::LATENCY_MS;

use super::Figures;

impl Figures {
    /// The answer to `GET /metrics`.
    #[must_use]
    pub fn to_metrics(&self) -> String {
        let mut text = String::new();
        let total = &self.total;
        gauge(&mut text, "rooms_connected", "Rooms with an open socket.", self.rooms);
        gauge(&mut text, "connections", "Open sockets in rooms.", self.connections);
        counter(&mut text, "messages", "Sends that rooms accepted.", total.messages);
        let help = "Entries times the sessions that they were handed to.";
        counter(&mut text, "deliveries", help, total.deliveries);
        head(&mut text, "errors_total", "counter", "What was refused or failed, by code.");
        for (code, n) in &total.errors {
            line(&mut text, &format!("errors_total{{code=\"{code}\"}}"), &n.to_string());
        }
        let name = "room_latency_seconds";
        head(&mut text, name, "histogram", "From the arrival of a send until all were handed it.");
        let mut n = 0_u64;
        let bounds = LATENCY_MS.iter().map(|ms| seconds(*ms)).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(total.latency.buckets) {
            n = n.saturating_add(count);
            line(&mut text, &format!("{name}_bucket{{le=\"{bound}\"}}"), &n.to_string());
        }
        line(&mut text, &format!("{name}_sum"), &seconds(total.latency.sum_ms));
        line(&mut text, &format!("{name}_count"), &n.to_string());
        text
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    head(text, name, "gauge", help);
    line(text, name, &value.to_string());
}

fn counter(text: &mut String, name: &str, help: &str, value: u64) {
    let name = format!("{name}_total");
    head(text, &name, "counter", help);
    line(text, &name, &value.to_string());
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string does not fail.
    let _ = write!(text, "# HELP maru_{name} {help}\n# TYPE maru_{name} {kind}\n");
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "maru_{name} {value}");
}

/// Milliseconds as seconds, without a float.
fn seconds(ms: u64) -> String {
    let text = format!("{}.{:03}", ms / 1_000, ms % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use protocol::Timestamp;

    use super::*;

    #[test]
    fn lf7_seconds_have_no_digits_too_many() {
        let told = [0, 1, 20, 500, 1_000, 2_050, 12_345].map(seconds);
        assert_eq!(told, ["0", "0.001", "0.02", "0.5", "1", "2.05", "12.345"]);
    }

    #[test]
    fn lf7_buckets_add_up() {
        let mut figures = Figures::new(Timestamp(0));
        for ms in [1, 1, 7, 3_000] {
            figures.total.latency.note(ms, 1);
        }
        figures.total.add_errors("muted", 3);
        let text = figures.to_metrics();
        for line in [
            "# TYPE maru_messages_total counter",
            "maru_connections 0",
            "maru_errors_total{code=\"muted\"} 3",
            "maru_room_latency_seconds_bucket{le=\"0.005\"} 2",
            "maru_room_latency_seconds_bucket{le=\"0.01\"} 3",
            "maru_room_latency_seconds_bucket{le=\"2\"} 3",
            "maru_room_latency_seconds_bucket{le=\"+Inf\"} 4",
            "maru_room_latency_seconds_sum 3.009",
            "maru_room_latency_seconds_count 4",
        ] {
            assert!(text.lines().any(|said| said == line), "{line} in\n{text}");
        }
    }
}
