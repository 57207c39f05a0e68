//! Whether a room reads a text as the archive does: by the platform's characters as by our tables.

use analysis::{Characters, Tables, fold, tokens};
use durable_objects::characters::Platform;

/// The characters that are read differently, each as hexadecimal digits.
pub(crate) fn read_differently() -> Vec<String> {
    let planes = ('\0'..='\u{3ffff}').chain('\u{e0000}'..='\u{e0fff}');
    let differing = planes.filter(|char| differs(*char));
    differing.map(|char| format!("{:x}", u32::from(char))).collect()
}

fn differs(char: char) -> bool {
    let text = format!("{char}a{char}\u{301}\u{1100}{char}\u{11a8}か{char}\u{3099}{char}{char}");
    Platform.is_mark(char) != Tables.is_mark(char)
        || tokens(&text, &Platform) != tokens(&text, &Tables)
        || fold(&text, &Platform) != fold(&text, &Tables)
}
