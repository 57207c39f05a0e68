//! So many of however many there are, each as likely as any other.

use crate::failure::Failure;

/// So many of however many there are.
pub(super) struct Lot<T> {
    size: usize,
    seen: u64,
    /// What was drawn.
    pub(super) drawn: Vec<T>,
}

impl<T> Lot<T> {
    pub(super) const fn new(size: usize) -> Self {
        Self { size, seen: 0, drawn: Vec::new() }
    }

    /// One more of which to draw.
    pub(super) fn put(&mut self, item: T) -> Result<(), Failure> {
        self.seen = self.seen.saturating_add(1);
        if self.drawn.len() < self.size {
            self.drawn.push(item);
            return Ok(());
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::later(format!("there is no randomness: {error}")))?;
        let place = u64::from_be_bytes(random).checked_rem(self.seen).unwrap_or(0);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(slot) = self.drawn.get_mut(place) {
            *slot = item;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_drawn_as_often_as_any_other() {
        let mut often = [0_u32; 10];
        for _ in 0..1000 {
            let mut lot = Lot::new(3);
            for item in 0..10 {
                lot.put(item).unwrap();
            }
            assert_eq!(lot.drawn.len(), 3);
            lot.drawn.iter().for_each(|&item| often[item] = often[item].saturating_add(1));
        }
        // 300 each is expected; so far off comes up less than once in a million million.
        assert!(often.iter().all(|&times| (180..420).contains(&times)), "{often:?}");
    }
}
