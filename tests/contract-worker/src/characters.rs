//! Whether a room reads a text as the archive does: by the platform's characters as by our tables.

use analysis::{Characters, Tables, fold, tokens};
use durable_objects::characters::Platform;
use worker::js_sys::RegExp;

/// The characters that are read differently, each as hexadecimal digits. Those that the platform
/// does not know yet are left out: our tables may be of a later version of Unicode.
pub(crate) fn read_differently() -> Vec<String> {
    let unknown = RegExp::new(r"\p{Cn}", "u");
    let looked_up = ('\0'..='\u{1ffff}').chain('\u{2f800}'..='\u{2fa1f}');
    let known = looked_up.filter(|char| !unknown.test(&char.to_string()));
    let differing = known.filter(|char| differs(*char));
    differing.map(|char| format!("{:x}", u32::from(char))).collect()
}

fn differs(char: char) -> bool {
    let text = format!("{char}a{char}\u{301}\u{1100}{char}\u{11a8}か{char}\u{3099}{char}{char}");
    Platform.is_mark(char) != Tables.is_mark(char)
        || tokens(&text, &Platform) != tokens(&text, &Tables)
        || fold(&text, &Platform) != fold(&text, &Tables)
}
