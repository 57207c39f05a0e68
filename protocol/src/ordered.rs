//! Ordered maps and sets of a few thousand small items, in one piece of memory.
//!
//! A tree of the standard library is quicker to change when it holds millions, and brings eight
//! kilobytes of Wasm along for every type of its items; here it is less than one. To insert and
//! to remove moves what comes after: microseconds for the members of the largest room.

use std::borrow::Borrow;

/// Keys in order, each with its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Map<K, V>(Vec<(K, V)>);

/// Items in order, each once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Set<T>(Vec<T>);

impl<K: Ord, V> Map<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A map of these pairs; of two with the same key the later one counts.
    pub fn of(pairs: impl IntoIterator<Item = (K, V)>) -> Self {
        let mut map = Self::new();
        map.extend(pairs);
        map
    }

    /// How many keys there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.place(key).ok().and_then(|place| self.0.get(place)).map(|(_, value)| value)
    }

    /// The value of a key, to change it.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// Whether there is this key.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Sets the value of a key; answers the one before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => self.0.get_mut(place).map(|(_, held)| std::mem::replace(held, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// The value of a key, which is set to `value()` if there is none.
    pub fn or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let place = self.place(&key).unwrap_or_else(|place| {
            self.0.insert(place, (key, value()));
            place
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut self.0[place].1
    }

    /// Takes a key out; answers its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// Everything, in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// What comes at or after `first`, in order.
    #[must_use]
    pub fn iter_from<'a>(
        &'a self,
        first: &K,
    ) -> impl DoubleEndedIterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let place = self.0.partition_point(|(key, _)| key < first);
        self.0.get(place..).unwrap_or_default().iter().map(|(key, value)| (key, value))
    }

    /// What comes after `last`, or everything, in order.
    #[must_use]
    pub fn iter_after<'a>(
        &'a self,
        last: Option<&K>,
    ) -> impl DoubleEndedIterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let is_before = |key: &K| last.is_some_and(|last| key <= last);
        let place = self.0.partition_point(|(key, _)| is_before(key));
        self.0.get(place..).unwrap_or_default().iter().map(|(key, value)| (key, value))
    }

    /// The keys, in order.
    #[must_use]
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, in the order of keys.
    #[must_use]
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.0.iter().map(|(_, value)| value)
    }

    /// The same, to change them.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// The least key and its value.
    #[must_use]
    pub fn first(&self) -> Option<(&K, &V)> {
        self.0.first().map(|(key, value)| (key, value))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Where a key is, or belongs. What is filled in order is filled from its end.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        if self.0.last().is_some_and(|(last, _)| last.borrow() < key) {
            return Err(self.0.len());
        }
        self.0.binary_search_by(|(held, _)| held.borrow().cmp(key))
    }
}

impl<T: Ord> Set<T> {
    /// An empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A set of these items.
    pub fn of(items: impl IntoIterator<Item = T>) -> Self {
        let mut set = Self::new();
        set.extend(items);
        set
    }

    /// How many items there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is this item.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.place(item).is_ok()
    }

    /// Puts an item in; answers whether it is new.
    pub fn insert(&mut self, item: T) -> bool {
        let place = self.place(&item);
        if let Err(place) = place {
            self.0.insert(place, item);
        }
        place.is_err()
    }

    /// Takes an item out; answers whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, item: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        let place = self.place(item);
        if let Ok(place) = place {
            self.0.remove(place);
        }
        place.is_ok()
    }

    /// Keeps only what `keep` says.
    pub fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Everything, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// The least item.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.0.first()
    }

    /// The greatest item.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.0.last()
    }

    /// Takes the least item out.
    pub fn pop_first(&mut self) -> Option<T> {
        if self.0.is_empty() { None } else { Some(self.0.remove(0)) }
    }

    /// Moves everything of another set into this one.
    pub fn append(&mut self, other: &mut Self) {
        self.extend(std::mem::take(&mut other.0));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn place<Q: Ord + ?Sized>(&self, item: &Q) -> Result<usize, usize>
    where
        T: Borrow<Q>,
    {
        if self.0.last().is_some_and(|last| last.borrow() < item) {
            return Err(self.0.len());
        }
        self.0.binary_search_by(|held| held.borrow().cmp(item))
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(key, value)| drop(self.insert(key, value)));
    }
}

impl<T: Ord> Extend<T> for Set<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| {
            self.insert(item);
        });
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self::of(pairs)
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::of(items)
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<T> IntoIterator for Set<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = &'a (K, V);
    type IntoIter = std::slice::Iter<'a, (K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::ops::Bound;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, u16),
        OrInsert(u8, u16),
        Remove(u8),
        Retain(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..20_u8, any::<u16>()).prop_map(|(key, value)| Step::Insert(key, value)),
            (0..20_u8, any::<u16>()).prop_map(|(key, value)| Step::OrInsert(key, value)),
            (0..20_u8).prop_map(Step::Remove),
            (1..5_u8).prop_map(Step::Retain),
        ]
    }

    proptest! {
        /// The standard library's trees say what is right.
        #[test]
        fn maps_and_sets_are_those_of_the_standard_library(
            steps in proptest::collection::vec(step(), 0..60),
            from in 0..22_u8,
        ) {
            let (mut map, mut tree) = (Map::new(), BTreeMap::new());
            let (mut set, mut tree_set) = (Set::new(), BTreeSet::new());
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), tree.insert(key, value));
                        prop_assert_eq!(set.insert(key), tree_set.insert(key));
                    }
                    Step::OrInsert(key, value) => {
                        let held = *map.or_insert_with(key, || value);
                        prop_assert_eq!(held, *tree.entry(key).or_insert(value));
                    }
                    Step::Remove(key) => {
                        prop_assert_eq!(map.remove(&key), tree.remove(&key));
                        prop_assert_eq!(set.remove(&key), tree_set.remove(&key));
                    }
                    Step::Retain(by) => {
                        map.retain(|key, _| key.is_multiple_of(by));
                        tree.retain(|key, _| key.is_multiple_of(by));
                        set.retain(|item| item.is_multiple_of(by));
                        tree_set.retain(|item| item.is_multiple_of(by));
                    }
                }
                prop_assert!(map.iter().eq(tree.iter()) && set.iter().eq(tree_set.iter()));
                prop_assert_eq!(map.get(&from), tree.get(&from));
                prop_assert_eq!(set.contains(&from), tree_set.contains(&from));
                prop_assert!(map.iter_from(&from).eq(tree.range(from..)));
                let after = tree.range((Bound::Excluded(from), Bound::Unbounded));
                prop_assert!(map.iter_after(Some(&from)).eq(after));
                prop_assert!(map.iter_after(None).eq(tree.iter()));
                prop_assert_eq!((set.first(), set.last()), (tree_set.first(), tree_set.last()));
            }
        }
    }
}
