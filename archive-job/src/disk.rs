//! What a disk of this machine refuses.

use std::fmt::Display;
use std::io::{self, ErrorKind};

use crate::failure::Failure;

/// Whether an error, as it is told, says that there is no room: stores and libraries put what the
/// system said into errors of their own.
#[must_use]
pub fn is_full(error: &str) -> bool {
    let words = ["No space left", "Disk quota exceeded", "StorageFull", "QuotaExceeded"];
    words.iter().any(|words| error.contains(words))
}

/// Why something cannot be written that the configuration names.
pub fn failure(what: impl Display, error: &io::Error) -> Failure {
    let cannot = format!("{what} cannot be written: {error}");
    if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) {
        full(what)
    } else if error.kind() == ErrorKind::FileTooLarge {
        Failure::later(cannot)
    } else {
        Failure::configuration(cannot)
    }
}

/// There is no room for it.
pub fn full(what: impl Display) -> Failure {
    Failure::later(format!(
        "{what} cannot be written: the disk is full; make room and run again, which goes on"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_for_later_and_a_wrong_place_for_the_configuration() {
        let full = io::Error::from_raw_os_error(28);
        assert!(is_full(&full.to_string()));
        assert_eq!(failure("`data`", &full).exit_code(), 1);
        assert!(failure("`data`", &full).to_string().contains("make room"));
        let denied = io::Error::from_raw_os_error(13);
        assert!(!is_full(&denied.to_string()));
        assert_eq!(failure("`data`", &denied).exit_code(), 2);
    }
}
