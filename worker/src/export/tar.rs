//! Headers of a tar archive, as POSIX has them (ustar), for files whose length is known.

/// Bytes of a block: a header is one, and every file ends with a whole one.
const BLOCK: usize = 512;

/// Bytes of the last part of a path.
const NAME_BYTES_MAX: usize = 100;

/// Bytes of what comes before it.
const FOLDER_BYTES_MAX: usize = 155;

/// What ends an archive.
pub(super) const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The header of a file in `folder`, which may be empty, of `bytes` bytes, last changed at `at_s`
/// seconds since 1970. A name that is too long is cut.
pub(super) fn header(folder: &str, name: &str, bytes: u64, at_s: u64) -> Vec<u8> {
    let mut header = Vec::with_capacity(BLOCK);
    field(&mut header, cut(name, NAME_BYTES_MAX), NAME_BYTES_MAX);
    number(&mut header, 0o644, 8);
    number(&mut header, 0, 8); // user
    number(&mut header, 0, 8); // group
    number(&mut header, bytes, 12);
    number(&mut header, at_s, 12);
    let sum_at = header.len();
    field(&mut header, "        ", 8); // the sum is taken over spaces
    field(&mut header, "0", 1); // a file
    field(&mut header, "", 100); // no link
    field(&mut header, "ustar", 6);
    field(&mut header, "00", 2);
    field(&mut header, "", 32); // user
    field(&mut header, "", 32); // group
    number(&mut header, 0, 8); // device
    number(&mut header, 0, 8);
    field(&mut header, cut(folder, FOLDER_BYTES_MAX), FOLDER_BYTES_MAX);
    header.resize(BLOCK, 0);
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    let written = format!("{sum:06o}\0 ");
    for (at, byte) in header.iter_mut().skip(sum_at).zip(written.bytes()) {
        *at = byte;
    }
    header
}

/// What fills the last block of a file.
pub(super) fn padding(bytes: u64) -> &'static [u8] {
    let over = usize::try_from(bytes.checked_rem(512).unwrap_or(0)).unwrap_or(0);
    let missing = BLOCK.saturating_sub(over).checked_rem(BLOCK).unwrap_or(0);
    END.get(..missing).unwrap_or_default()
}

fn field(header: &mut Vec<u8>, text: &str, bytes: usize) {
    let end = header.len().saturating_add(bytes);
    header.extend(text.bytes().take(bytes));
    header.resize(end, 0);
}

/// Octal digits and a zero byte.
fn number(header: &mut Vec<u8>, number: u64, bytes: usize) {
    let width = bytes.saturating_sub(1);
    field(header, &format!("{number:0width$o}"), bytes);
}

/// The text without what is beyond `bytes`, whole letters only.
fn cut(text: &str, bytes: usize) -> &str {
    let ends = text.char_indices().map(|(at, c)| at.saturating_add(c.len_utf8()));
    let end = ends.take_while(|end| *end <= bytes).last().unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn pe5_others_read_what_is_written() {
        let long = format!("{}조", "x".repeat(98));
        let files: [(&str, &str, &[u8]); 4] = [
            ("", "profile.json", b"{}"),
            ("rooms/0123456789abcdefghjk", "messages-0001.jsonl", &[b'a'; 512]),
            ("files/0123456789abcdefghjk/zzzzzzzzzzzzzzzzzzzz", "사진.png", &[b'b'; 513]),
            ("", &long, b""),
        ];
        let mut archive = Vec::new();
        for (folder, name, content) in files {
            let bytes = content.len().try_into().unwrap();
            archive.extend(header(folder, name, bytes, 1_700_000_000));
            archive.extend(content);
            archive.extend(padding(bytes));
        }
        archive.extend(END);
        assert_eq!(archive.len() % BLOCK, 0);

        let mut archive = tar::Archive::new(archive.as_slice());
        let mut read = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            assert_eq!(entry.header().mtime().unwrap(), 1_700_000_000);
            assert_eq!(entry.header().mode().unwrap(), 0o644);
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            read.push((path, content));
        }
        let cut = "x".repeat(98);
        let want = files.map(|(folder, name, content)| {
            let name = if name == long { &cut } else { name };
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            (path, content.to_vec())
        });
        assert_eq!(read, want);
    }

    #[test]
    fn a_file_ends_with_a_whole_block() {
        for (bytes, missing) in [(0, 0), (1, 511), (511, 1), (512, 0), (513, 511)] {
            assert_eq!(padding(bytes).len(), missing, "{bytes}");
        }
    }
}
