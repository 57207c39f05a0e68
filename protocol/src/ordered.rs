//! Ordered maps and sets, filled one by one.
//!
//! `collect` sorts first, and each type brings a sort of its own along: ten kilobytes of Wasm, for
//! collections that are filled once, when an object wakes.

use std::collections::{BTreeMap, BTreeSet};

/// A map of these pairs; of two with the same key the later one counts.
pub fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// A set of these items.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
