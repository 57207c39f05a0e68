//! What becomes of an input: a few small changes, of the kind that parsers get wrong.

/// Bytes of an input, at most.
const BYTES_MAX: usize = 1 << 16;

/// Texts that often mean something.
const PIECES: [&str; 40] = [
    "\0",
    "\n",
    "\r\n",
    " ",
    "\t",
    "\"",
    "\\",
    "'",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    ";",
    "=",
    ".",
    "/",
    "//",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "9007199254740993",
    "18446744073709551616",
    "%00",
    "%2e",
    "<",
    ">",
    "&",
    "\u{202e}",
    "\u{feff}",
    "\u{200d}",
    "e\u{301}",
    "한",
    "👍🏽",
    "\u{10ffff}",
];

/// Draws mutations from a seed.
#[derive(Debug)]
pub(crate) struct Mutator {
    state: u64,
    /// Words of the corpus.
    words: Vec<Vec<u8>>,
}

impl Mutator {
    /// A mutator that knows the words of a corpus.
    pub(crate) fn new(seed: u64, corpus: &[Vec<u8>]) -> Self {
        let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        let words = corpus.iter().flat_map(|input| input.split(|b| !is_word(b)));
        let mut words: Vec<Vec<u8>> =
            words.filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect();
        words.sort();
        words.dedup();
        Self { state: seed, words }
    }

    /// One of the pool, changed.
    pub(crate) fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pool[self.below(pool.len())].clone();
        for _ in 0..=self.below(5) {
            self.change(&mut input, pool);
        }
        input.truncate(BYTES_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let to = at + self.below((input.len() - at).min(16) + 1);
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.byte(),
            2 => input.insert(at, self.byte()),
            3 => drop(input.drain(at..to)),
            4 => {
                let part = input[at..to].repeat(1 + self.below(4));
                drop(input.splice(at..at, part));
            }
            5 => {
                let other = &pool[self.below(pool.len())];
                let from = self.below(other.len() + 1);
                let length = self.below((other.len() - from).min(64) + 1);
                drop(input.splice(at..to, other[from..from + length].to_vec()));
            }
            6 if !self.words.is_empty() => {
                let which = self.below(self.words.len());
                let word = self.words[which].clone();
                drop(input.splice(at..to, word));
            }
            7 => input.truncate(at),
            _ => {
                let piece = PIECES[self.below(PIECES.len())];
                drop(input.splice(at..to, piece.bytes()));
            }
        }
    }

    fn byte(&mut self) -> u8 {
        self.draw().to_le_bytes()[0]
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("64 bits");
        usize::try_from(self.draw() % end).expect("it is below a length")
    }

    /// `SplitMix64`.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_its_mutations() {
        let pool = vec![b"{\"t\":\"ping\"}".to_vec(), Vec::new()];
        let draw = |seed| {
            let mut mutator = Mutator::new(seed, &pool);
            (0..1_000).map(|_| mutator.next(&pool)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).iter().any(|input| input.len() > pool[0].len()));
        assert!(draw(1).iter().any(|input| input.len() < pool[0].len()));
    }
}
