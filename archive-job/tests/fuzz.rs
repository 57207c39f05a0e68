//! What lies in the object store, mutated: it is read or refused, and nothing erased comes back.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

use std::collections::BTreeSet;
use std::mem::discriminant;

use archive_job::segment::{decode, encode, erase, link_after};
use fuzz::{fuzz, text};
use protocol::{Link, Seq};

#[test]
fn fuzz_archive_lines() {
    fuzz("archive_lines", |input| {
        let lines = text(input);
        let link = link_after(&lines, Link::GENESIS);
        let seqs: BTreeSet<Seq> = [1, 5, 6].map(|seq| Seq::try_from(seq).unwrap()).into();
        if let (Ok(link), Ok(erased)) = (&link, erase(&lines, &seqs)) {
            assert_eq!(link_after(&erased, Link::GENESIS).as_ref(), Ok(link), "{lines:?}");
            assert_eq!(erase(&erased, &seqs), Ok(erased), "erased twice: {lines:?}");
        }
        if lines.ends_with('\n') {
            assert_eq!(decode(&encode(&lines).unwrap()), Ok(lines));
        }
        // Compressed bytes are whatever somebody put there.
        let decoded = decode(input);
        (
            link.map_err(|why| discriminant(&why)).is_ok(),
            decoded.map_err(|why| discriminant(&why)).is_ok(),
        )
    });
}
