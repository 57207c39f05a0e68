//! Many durations, of which quantiles are wanted.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest that is told from longer ones: ten minutes.
const US_MAX: u64 = 600_000_000;

/// Durations, with three digits kept of each.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    pub(crate) fn new() -> Self {
        Self(Histogram::new_with_bounds(1, US_MAX, 3).expect("these bounds are valid"))
    }

    /// One more, in microseconds.
    pub(crate) fn add_us(&mut self, us: u64) {
        self.0.saturating_record(us);
    }

    /// One more.
    pub(crate) fn add(&mut self, duration: Duration) {
        self.add_us(micros(duration));
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The milliseconds that this part of all do not exceed; the longest for one.
    pub(crate) fn quantile_ms(&self, part: f64) -> f64 {
        self.0.value_at_quantile(part) as f64 / 1e3
    }

    /// Columns of a table: median, 99th percentile, longest.
    pub(crate) fn columns(&self) -> String {
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| self.quantile_ms(part));
        format!("{p50:.1} | {p99:.1} | {max:.1}")
    }
}

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_short_and_long() {
        let mut times = Times::new();
        (1..=100).for_each(|ms| times.add(Duration::from_millis(ms * 10)));
        assert_eq!(times.count(), 100);
        assert!((times.quantile_ms(0.5) - 500.0).abs() < 1.0);
        assert!((times.quantile_ms(0.99) - 990.0).abs() < 1.0);
        assert!(times.columns().ends_with("| 1000.4"), "{}", times.columns());
    }

    #[test]
    fn what_is_too_long_counts_as_the_longest() {
        let mut times = Times::new();
        times.add(Duration::from_hours(1));
        assert!(times.quantile_ms(0.5) >= 599_000.0);
    }
}
