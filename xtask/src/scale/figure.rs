//! Numbers as people read them.

/// Three digits, and a letter for the thousands.
pub(super) fn number(value: f64) -> String {
    let mut value = value;
    let mut letters = ["", " k", " M", " G", " T", " P"].into_iter();
    let mut letter = letters.next().unwrap_or_default();
    while value.abs() >= 999.5 {
        let Some(next) = letters.next() else { break };
        letter = next;
        value /= 1_000.0;
    }
    format!("{}{letter}", digits(value))
}

/// Dollars.
pub(super) fn usd(value: f64) -> String {
    match value {
        // Less than a cent, as for one of a million.
        0.0..0.095 => format!("${}", digits(value)),
        0.095..999.5 => format!("${value:.2}"),
        _ => format!("${}", number(value)),
    }
}

/// Parts of a hundred.
pub(super) fn percent(share: f64) -> String {
    format!("{} %", digits(share * 100.0))
}

/// A change in percent.
pub(super) fn change(before: f64, after: f64) -> String {
    if before == 0.0 {
        return "–".to_owned();
    }
    let percent = (after / before - 1.0) * 100.0;
    if percent.abs() < 0.5 { "0 %".to_owned() } else { format!("{percent:+.0} %") }
}

fn digits(value: f64) -> String {
    let places = match value.abs() {
        0.0 => 0,
        size if size < 0.000_095 => return format!("{value:.1e}"),
        size if size < 0.0095 => 4,
        size if size < 0.095 => 3,
        size if size < 0.995 => 2,
        size if size < 99.5 => 1,
        _ => 0,
    };
    let text = format!("{value:.places$}");
    let short = if text.contains('.') { text.trim_end_matches('0') } else { &text };
    short.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_like_speech() {
        let said = [0.0, 0.05, 0.5, 1.0, 12.34, 100.0, 999.6, 1_500_000.0, 2e12].map(number);
        assert_eq!(said, ["0", "0.05", "0.5", "1", "12.3", "100", "1 k", "1.5 M", "2 T"]);
        let said = [0.0, 0.0047, 0.05, 0.5, 12.0, 1_234.0].map(usd);
        assert_eq!(said, ["$0", "$0.0047", "$0.05", "$0.50", "$12.00", "$1.2 k"]);
        assert_eq!([0.5, 1.0, 0.001].map(percent), ["50 %", "100 %", "0.1 %"]);
        assert_eq!([change(2.0, 3.0), change(2.0, 2.001), change(0.0, 1.0)], ["+50 %", "0 %", "–"]);
    }
}
