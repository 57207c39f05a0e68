//! Every crate begins by saying what it is.

use anyhow::Result;

use super::Finding;
use super::repository::{Repository, SourceFile};

#[expect(clippy::unnecessary_wraps, reason = "every check has this type")]
pub(super) fn check(repository: &Repository) -> Result<Vec<Finding>> {
    Ok(repository.rust().filter_map(judge).collect())
}

fn judge(file: &SourceFile) -> Option<Finding> {
    let is_root = file.ends_in(&["src/lib.rs", "src/main.rs"]);
    (is_root && !file.text.starts_with("//!"))
        .then(|| Finding::new(&file.path, "begin with a `//!` line that says what the crate is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_crate_is_found() {
        assert!(judge(&SourceFile::example("room/src/lib.rs", "mod room;")).is_some());
        assert!(judge(&SourceFile::example("room/src/lib.rs", "//! Rooms.\nmod room;")).is_none());
        assert!(judge(&SourceFile::example("room/src/room.rs", "struct Room;")).is_none());
    }
}
