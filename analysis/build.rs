//! Writes the lower case of characters as runs of those that are alike: a tenth of Rust's table.

use std::path::Path;
use std::{env, error, fs};

/// Characters from the first to the last, and how far from each its lower case is.
struct Run {
    first: char,
    last: char,
    step: u32,
    shift: i32,
}

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut runs: Vec<Run> = Vec::new();
    for char in ('\u{80}'..=char::MAX).filter(|char| shift(*char) != 0) {
        match runs.last_mut() {
            Some(run) if run.goes_on_with(char) => {
                run.step = u32::from(char).abs_diff(run.last.into());
                run.last = char;
            }
            Some(_) | None => {
                runs.push(Run { first: char, last: char, step: 1, shift: shift(char) });
            }
        }
    }
    let text: Vec<String> = runs.iter().map(Run::text).collect();
    let text = format!("static RUNS: [Run; {}] = [{}];\n", text.len(), text.join(", "));
    fs::write(Path::new(&env::var("OUT_DIR")?).join("lower.rs"), text)?;
    Ok(())
}

impl Run {
    /// Whether `char` comes next; one character alone has not chosen its step.
    fn goes_on_with(&self, char: char) -> bool {
        let step = u32::from(char).abs_diff(self.last.into());
        let fits = if self.first == self.last { step <= 2 } else { step == self.step };
        fits && shift(char) == self.shift
    }

    fn text(&self) -> String {
        let Self { first, last, step, shift } = self;
        let [first, last] = [first, last].map(|char| char.escape_unicode());
        format!("Run {{ first: '{first}', last: '{last}', step: {step}, shift: {shift} }}")
    }
}

/// How far from a character its lower case is, if that is one character.
fn shift(char: char) -> i32 {
    let mut lower = char.to_lowercase().map(u32::from);
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower.cast_signed().saturating_sub(u32::from(char).cast_signed()),
        _ => 0,
    }
}
