//! How many guesses a password takes, by somebody who tries first what people choose.
//!
//! A password is read as the cheapest row of pieces: words that are known from breaches, words
//! about its owner, keys that lie beside each other, repetitions, and single characters for the
//! rest. `zxcvbn` does the same, with more kinds of pieces.

use super::common::Common;

/// Tenths of a bit for a single character: ten guesses.
const CHARACTER: u32 = 33;

/// Tenths of a bit for which kind of piece comes next.
const KIND: u32 = 20;

/// Tenths of a bit for a word about the owner, which is guessed first.
const PERSONAL: u32 = 10;

/// Tenths of a bit for a part of a row: which one, where, and which way.
const ROW: u32 = 80;

/// Tenths of a bit for a repetition: of what, and how long.
const REPETITION: u32 = 50;

/// Tenths of a bit for letters that are written as digits and signs.
const DISGUISE: u32 = 10;

/// Characters of a piece that is no single one, at least.
const PIECE_CHARS_MIN: usize = 3;

/// Characters of a word or a part of a row, at most.
const WORD_CHARS_MAX: usize = 40;

/// Keys and letters in orders that everybody knows.
const ROWS: [&str; 12] = [
    "01234567890",
    "11223344556677889900",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/",
    "qazwsxedcrfvtgbyhnujmikolp",
    "q1w2e3r4t5y6u7i8o9p0",
    "가나다라마바사아자차카타파하",
    "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ",
    "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ",
];

/// Tenths of a bit of the cheapest row of pieces that makes up `text`; it is in lower case, and so
/// are the `personal` words.
pub(super) fn tenths(text: &str, personal: &[String], common: Common<'_>) -> u32 {
    let text: Vec<char> = text.chars().collect();
    // The cheapest row for the first characters, for each number of them.
    let mut costs = vec![u32::MAX; text.len().saturating_add(1)];
    costs.first_mut().into_iter().for_each(|cost| *cost = 0);
    for start in 0..text.len() {
        let before = costs.get(start).copied().unwrap_or(u32::MAX);
        let rest = text.get(start..).unwrap_or_default();
        let repeated = repeated_chars(&text, start);
        for (piece, cost) in pieces(rest).zip(costs.iter_mut().skip(start.saturating_add(1))) {
            if let Some(more) = cost_of(piece, piece.len() <= repeated, personal, common) {
                *cost = (*cost).min(before.saturating_add(more));
            }
        }
    }
    costs.last().copied().unwrap_or(0)
}

/// What `rest` may begin with, the shortest first.
fn pieces(rest: &[char]) -> impl Iterator<Item = &[char]> {
    (1..=rest.len()).filter_map(|chars| rest.get(..chars))
}

/// How many characters from `start` on are like those from some earlier place on, which may
/// overlap them.
fn repeated_chars(text: &[char], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let alike = |from| {
        let earlier: &[char] = text.get(from..).unwrap_or_default();
        earlier.iter().zip(rest).take_while(|(earlier, later)| earlier == later).count()
    };
    (0..start).map(alike).max().unwrap_or(0)
}

fn cost_of(
    piece: &[char],
    is_repeated: bool,
    personal: &[String],
    common: Common<'_>,
) -> Option<u32> {
    if piece.len() < PIECE_CHARS_MIN {
        return (piece.len() == 1).then_some(CHARACTER);
    }
    let repetition = is_repeated.then_some(REPETITION);
    if piece.len() > WORD_CHARS_MAX {
        return repetition;
    }
    let word: String = piece.iter().collect();
    let plain: String = piece.iter().map(|c| undisguised(*c)).collect();
    let disguised = (plain != word)
        .then(|| cost_of_word(&plain, personal, common))
        .flatten()
        .map(|cost| cost.saturating_add(DISGUISE));
    [repetition, cost_of_word(&word, personal, common), disguised].into_iter().flatten().min()
}

fn cost_of_word(word: &str, personal: &[String], common: Common<'_>) -> Option<u32> {
    let is_personal = personal.iter().any(|known| known == word);
    let common = common.bits(word).map(|bits| bits.saturating_mul(10).saturating_add(KIND));
    let backwards: String = word.chars().rev().collect();
    let is_in_row = ROWS.iter().any(|row| row.contains(word) || row.contains(&backwards));
    [is_personal.then_some(PERSONAL), common, is_in_row.then_some(ROW)].into_iter().flatten().min()
}

/// The letter that a digit or sign is often written for.
fn undisguised(c: char) -> char {
    match c {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::common::fixture;
    use super::*;

    fn bits(text: &str) -> u32 {
        let list = fixture(&["password", "dragon", "sunshine", "correct", "horse", "ran0"]);
        tenths(text, &["annlee".to_owned()], Common::parse(&list).unwrap()) / 10
    }

    #[test]
    fn pw1_what_people_choose_first_is_cheap() {
        for (text, most) in [
            ("passwordpassword", 10),
            ("dragonsunshine", 15),
            ("p@$$w0rdp@$$w0rd", 12),
            ("aaaaaaaaaaaaaaaaaaaa", 10),
            ("hahahahahahahaha", 12),
            ("qwertyuiopasdfgh", 20),
            ("0987654321987654321", 20),
            ("annleeannleeannlee", 10),
            ("annlee-password-1", 16),
            ("가나다라마바사아자차카타파하", 10),
        ] {
            assert!(bits(text) <= most, "{text}: {}", bits(text));
        }
    }

    #[test]
    fn pw1_what_nobody_guesses_is_not_cheap() {
        assert_eq!(bits(""), 0);
        assert_eq!(bits("xk"), 6, "two characters");
        for (text, least) in [
            ("kvuwmzrtjhcqbnx", 45),
            ("마루에 앉아 달을 본다 조용히", 45),
            ("a lamp over the gate", 60),
            ("correct horse battery", 35),
        ] {
            assert!(bits(text) >= least, "{text}: {}", bits(text));
        }
    }

    #[test]
    fn the_longest_password_is_read_in_no_time() {
        let text = "abcd".repeat(64);
        assert!(bits(&text) < 20);
    }
}
