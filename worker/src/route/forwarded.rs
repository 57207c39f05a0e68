//! What a room's object answers by itself: the Worker adds who asks, and nothing else.

/// Stands for one segment that the object reads.
pub(super) const ANY: &str = "*";

/// Methods and paths below `rooms/{room}`.
pub(super) const FORWARDED: [(&str, &[&str]); 22] = [
    ("GET", &[]),
    ("DELETE", &[]),
    ("POST", &["join"]),
    ("POST", &["leave"]),
    ("GET", &["invites"]),
    ("POST", &["invites"]),
    ("DELETE", &["invites", ANY]),
    ("PATCH", &["members", ANY]),
    ("DELETE", &["members", ANY]),
    ("GET", &["bans"]),
    ("DELETE", &["bans", ANY]),
    ("GET", &["moderation"]),
    ("GET", &["log"]),
    ("GET", &["amendments"]),
    ("GET", &["pins"]),
    ("GET", &["threads", ANY]),
    ("GET", &["messages", ANY, "edits"]),
    ("GET", &["messages", ANY, "readers"]),
    ("GET", &["messages", ANY, "reactions"]),
    ("GET", &["search"]),
    ("DELETE", &["attachments", ANY]),
    ("POST", &["read"]),
];

/// The methods that the object knows at a path.
pub(super) fn methods(segments: &[&str]) -> impl Iterator<Item = &'static str> {
    FORWARDED.iter().filter(|(_, path)| matches(path, segments)).map(|(method, _)| *method)
}

fn matches(path: &[&str], segments: &[&str]) -> bool {
    path.len() == segments.len()
        && path.iter().zip(segments).all(|(want, is)| want == is || *want == ANY && !is.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_its_own() {
        for (at, row) in FORWARDED.iter().enumerate() {
            assert!(!FORWARDED.iter().skip(at + 1).any(|other| other == row), "{row:?} is twice");
        }
    }

    #[test]
    fn a_star_is_one_segment_that_says_something() {
        assert_eq!(methods(&["members", "u"]).collect::<Vec<_>>(), ["PATCH", "DELETE"]);
        assert_eq!(methods(&["members", ""]).count(), 0);
        assert_eq!(methods(&["members", "u", "v"]).count(), 0);
        assert_eq!(methods(&["messages", "*", "edits"]).count(), 1);
        assert_eq!(methods(&["attachments"]).count(), 0);
    }
}
