//! What a run put into the store, in case that it was too late.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::failure::Failure;
use crate::store::Store;
use crate::{layout, leftovers, manifest};

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
            let Some(bucket) = layout::bucket_of(&path) else { continue };
            let contents = manifest::load(store, bucket).await?;
            if leftovers::is_leftover(&contents, &path) {
                store.delete(&path).await?;
            }
        }
        Ok(())
    }
}
