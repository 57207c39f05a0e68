//! What a run put into the store, in case that it was too late.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::leftovers;
use crate::failure::Failure;
use crate::manifest;
use crate::store::Store;

/// Paths of objects that a run put, or was about to.
#[derive(Default)]
pub(super) struct Puts(Mutex<BTreeSet<String>>);

impl Puts {
    /// Remembers some.
    pub(super) fn extend(&self, paths: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut puts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        puts.extend(paths.into_iter().map(|path| path.as_ref().to_owned()));
    }

    /// Deletes those that nothing can ever name. It needs no lease: what is left over stays that.
    ///
    /// # Errors
    /// If the store does not answer.
    pub(super) async fn clean(&self, store: &Store) -> Result<(), Failure> {
        let puts = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for path in puts {
            let Some(bucket) = bucket(&path) else { continue };
            let contents = manifest::load(store, bucket).await?;
            if leftovers::is_leftover(&contents, &path) {
                store.delete(&path).await?;
            }
        }
        Ok(())
    }
}

/// The bucket that a path is in.
fn bucket(path: &str) -> Option<u8> {
    let bucket = path.split('/').find_map(|part| part.strip_prefix("b="))?;
    u8::from_str_radix(bucket, 16).ok()
}

#[cfg(test)]
mod tests {
    use protocol::RoomId;

    use super::*;
    use crate::layout;

    #[test]
    fn every_object_says_its_bucket() {
        let room: RoomId = "0123456789abcdefghjk".parse().unwrap();
        assert_eq!(bucket(&layout::state(room, protocol::Seq::default())), Some(0x96));
        assert_eq!(bucket(&layout::table("2026-05-17", 0x0a, 1, 0)), Some(0x0a));
        assert_eq!(bucket("v1/database/x"), None);
    }
}
