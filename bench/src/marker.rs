//! A mark in the body of every message, which is found in raw bytes whatever the protocol.
//!
//! `~m` sender (6 digits) n (8 digits) time (16 digits) `~`, with no byte that JSON or XML escape.

use memchr::memmem::Finder;

/// Bytes of a marker.
pub(crate) const MARKER_BYTES: usize = 2 + SENDER + N + SENT_US + 1;

/// Bytes of a body: a sentence, so that a stored line has about 200 bytes.
pub(crate) const BODY_BYTES: usize = 64;

const SENDER: usize = 6;
const N: usize = 8;
const SENT_US: usize = 16;

const FILLER: &str = " Shall we meet at the usual place, a little later than last time?";

/// Who said a message, as which of its sender's, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The seat of the sender among all seats of all rooms.
    pub(crate) sender: usize,
    /// The first message of a sender is number one.
    pub(crate) n: u32,
    /// Microseconds since the generator began.
    pub(crate) sent_us: u64,
}

impl Marker {
    /// The body that carries it.
    pub(crate) fn body(self) -> String {
        let Self { sender, n, sent_us } = self;
        let filler = &FILLER[..BODY_BYTES - MARKER_BYTES];
        format!("~m{sender:06}{n:08}{sent_us:016}~{filler}")
    }

    /// What follows `~m`, if it is a marker.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (sender, rest) = bytes.split_at_checked(SENDER)?;
        let (n, rest) = rest.split_at_checked(N)?;
        let (sent_us, rest) = rest.split_at_checked(SENT_US)?;
        if rest.first() != Some(&b'~') {
            return None;
        }
        Some(Self {
            sender: usize::try_from(number(sender)?).ok()?,
            n: u32::try_from(number(n)?).ok()?,
            sent_us: number(sent_us)?,
        })
    }
}

/// Finds markers in frames.
pub(crate) struct Scanner {
    finder: Finder<'static>,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self { finder: Finder::new(b"~m") }
    }

    /// All markers of a frame, in order.
    pub(crate) fn scan(&self, frame: &[u8], mut found: impl FnMut(Marker)) {
        let mut rest = frame;
        while let Some(at) = self.finder.find(rest) {
            rest = &rest[at + 2..];
            if let Some(marker) = Marker::parse(rest) {
                found(marker);
                rest = &rest[MARKER_BYTES - 2..];
            }
        }
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number: u64, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(frame: &str) -> Vec<Marker> {
        let mut found = Vec::new();
        Scanner::new().scan(frame.as_bytes(), |marker| found.push(marker));
        found
    }

    #[test]
    fn a_body_has_its_size_and_its_marker_is_found() {
        let marker = Marker { sender: 999_999, n: 12_345_678, sent_us: 1_234_567_890_123_456 };
        assert_eq!(marker.body().len(), BODY_BYTES);
        assert_eq!(scan(&marker.body()), [marker]);
    }

    #[test]
    fn many_are_found_in_order_whatever_surrounds_them() {
        let marker = |n| Marker { sender: 7, n, sent_us: 42 };
        let lines = (1..=3).map(|n| format!(r#"{{"t":"~m","body":"{}"}}"#, marker(n).body()));
        let frame = lines.collect::<Vec<_>>().join("\n");
        assert_eq!(scan(&frame), [marker(1), marker(2), marker(3)]);
    }

    #[test]
    fn what_only_looks_like_a_marker_is_none() {
        let body = Marker { sender: 1, n: 2, sent_us: 3 }.body();
        assert_eq!(scan(&body[..MARKER_BYTES - 1]), []);
        assert_eq!(scan(&body.replacen('0', "x", 1)), []);
        assert_eq!(scan("~m~m~m"), []);
        assert_eq!(scan(&format!("~m{body}")).len(), 1);
    }
}
