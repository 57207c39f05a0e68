//! Writes what `label.rs` must know of each character of Unicode, as runs of characters that are
//! alike: a tenth of the tables that it is made from.

use std::path::Path;
use std::{env, error, fs};

use unicode_normalization::char::is_combining_mark;
use unicode_script::UnicodeScript;

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut runs: Vec<(String, usize)> = Vec::new();
    for code in 0..=u32::from(char::MAX) {
        // Surrogates are no characters; nobody asks about them.
        let kind = kind(char::from_u32(code).unwrap_or(char::MAX));
        match runs.last_mut() {
            Some((last, length)) if *last == kind => *length = length.saturating_add(1),
            Some(_) | None => runs.push((kind, 1)),
        }
    }
    let (mut kinds, mut bytes): (Vec<String>, Vec<u8>) = Default::default();
    for (kind, length) in runs {
        let (known, next) = (kinds.iter().position(|known| *known == kind), kinds.len());
        bytes.extend(number(length));
        bytes.extend(number(known.unwrap_or(next)));
        kinds.extend(known.is_none().then_some(kind));
    }
    let (n_kinds, n_bytes) = (kinds.len(), bytes.len());
    let text = format!(
        "static KINDS: [Kind; {n_kinds}] = [{}];\nstatic RUNS: [u8; {n_bytes}] = {bytes:?};\n",
        kinds.join(", ")
    );
    fs::write(Path::new(&env::var("OUT_DIR")?).join("scripts.rs"), text)?;
    Ok(())
}

/// What is known of a character, as Rust is written.
fn kind(char: char) -> String {
    let (script, all, is_mark) = (char.script(), char.script_extension(), is_combining_mark(char));
    let all = if all.is_common() || all.is_inherited() {
        "None".to_owned()
    } else {
        let all: Vec<String> = all.iter().map(|script| format!("Script::{script:?}")).collect();
        format!("Some(&[{}])", all.join(", "))
    };
    format!("Kind {{ script: Script::{script:?}, scripts: {all}, is_mark: {is_mark} }}")
}

/// A number in as few bytes as it has groups of seven bits, the lowest first.
fn number(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(low | 0x80);
    }
}
