//! The instances of objects in this isolate, the evicted ones among them.
//!
//! The Rust half of an object is freed when its JavaScript half is collected, and the collector
//! knows nothing of the megabytes behind it: a large room that hibernates and wakes time and again
//! piles up dozens of cores, until the isolate is out of memory. So whoever comes next lets go of
//! what the one before it held.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use protocol::ordered::Map;

/// The instances of one class, by the ids of their objects.
#[derive(Debug)]
pub(crate) struct Instances<T>(RefCell<Map<String, Weak<T>>>);

impl<T> Instances<T> {
    /// No instances.
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Map::new()))
    }

    /// Notes an instance of the object `id`. Answers the one before it if that is still in memory:
    /// it was evicted, because an object has one instance at a time.
    pub(crate) fn succeed(&self, id: String, instance: &Rc<T>) -> Option<Rc<T>> {
        let mut instances = self.0.borrow_mut();
        instances.retain(|_, instance| instance.strong_count() > 0);
        instances.insert(id, Rc::downgrade(instance))?.upgrade()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_learns_of_the_one_before_it() {
        let instances = Instances::new();
        let [first, second, other] = [1, 2, 3].map(Rc::new);
        assert_eq!(instances.succeed("a".into(), &first), None);
        assert_eq!(instances.succeed("b".into(), &other), None);
        assert_eq!(instances.succeed("a".into(), &second), Some(first));
        assert_eq!(instances.succeed("a".into(), &other), Some(second));
    }

    #[test]
    fn what_was_collected_is_forgotten() {
        let instances = Instances::new();
        let (first, second) = (Rc::new(1), Rc::new(2));
        instances.succeed("a".into(), &first);
        instances.succeed("b".into(), &first);
        drop(first);
        assert_eq!(instances.succeed("a".into(), &second), None);
        assert_eq!(instances.0.borrow().len(), 1);
    }
}
