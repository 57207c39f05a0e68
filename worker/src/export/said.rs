//! Which lines of a room's log are a person's own, and which files came with them.

use protocol::codec::decode_entry;
use protocol::{Attachment, Entry, Seq, UserId};

/// What a person said in a room, as its log is read from the beginning.
#[derive(Debug)]
pub(super) struct Said {
    user: UserId,
    /// Own messages, in the order of the log: what others did to them belongs to them.
    own: Vec<Seq>,
    /// The last line that was read.
    pub(super) upto: u64,
}

/// What a page of a log has of it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Part {
    /// Own lines, and those that amend own messages, each with its newline.
    pub(super) lines: String,
    /// Own files.
    pub(super) files: Vec<Attachment>,
    /// Whether there was anything new on the page.
    pub(super) is_more: bool,
}

impl Said {
    pub(super) fn new(user: UserId) -> Self {
        Self { user, own: Vec::new(), upto: 0 }
    }

    /// Reads the next page; lines that were read before are left out. What is no entry, or one of a
    /// later version, is nobody's.
    pub(super) fn read(&mut self, page: &str) -> Part {
        let mut part = Part::default();
        for line in page.lines() {
            let Ok(Some(entry)) = decode_entry(line) else {
                continue;
            };
            let seq = entry.seq();
            if seq.get() <= self.upto {
                continue;
            }
            self.upto = seq.get();
            part.is_more = true;
            let amends_own =
                entry.target().is_some_and(|target| self.own.binary_search(&target).is_ok());
            let is_own = entry.by() == self.user;
            if is_own || amends_own {
                part.lines.push_str(line);
                part.lines.push('\n');
            }
            if let Entry::Message(message) = entry
                && is_own
            {
                self.own.push(seq);
                part.files.extend(message.attachments);
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "0000000000000000000a";
    const YOU: &str = "0000000000000000000b";
    const DEVICE: &str = "0000000000000000000d";

    fn line(seq: u64, by: &str, rest: &str) -> String {
        format!(r#"{{"seq":{seq},"at":1,"by":"{by}","device":"{DEVICE}","nonce":{seq},{rest}}}"#)
    }

    #[test]
    fn pe5_own_lines_and_what_amends_them_are_taken_once() {
        let file = r#"{"id":"0000000000000000000f","name":"a.png","type":"image/png","bytes":3}"#;
        let lines = [
            line(1, ME, &format!(r#""t":"message","body":"a","attachments":[{file}]"#)),
            line(2, YOU, r#""t":"message","body":"b""#),
            line(3, YOU, r#""t":"react","target":1,"emoji":"👍","on":true"#),
            line(4, YOU, r#""t":"react","target":2,"emoji":"👍","on":true"#),
            line(5, ME, r#""t":"react","target":2,"emoji":"👍","on":true"#),
            line(6, YOU, r#""t":"redact","target":1"#),
        ];
        let mut said = Said::new(ME.parse().unwrap());
        let first = said.read(&lines[..4].join("\n"));
        assert_eq!(first.lines, format!("{}\n{}\n", lines[0], lines[2]));
        assert_eq!(first.files.len(), 1);
        let as_of = r#"{"t":"as_of","upto":6}"#;
        let page = format!("{}\n{as_of}\n", lines[2..].join("\n"));
        let second = said.read(&page);
        assert_eq!(second.lines, format!("{}\n{}\n", lines[4], lines[5]));
        assert!(second.is_more && second.files.is_empty());
        assert_eq!(said.read(&page), Part::default(), "nothing new");
        assert_eq!(said.upto, 6);
    }
}
