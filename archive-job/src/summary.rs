//! What a command did, for people and for programs.

use serde::Serialize;
use serde_json::Value;

/// What a command did.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The command.
    pub command: &'static str,
    /// For people: a sentence, or a table.
    #[serde(skip)]
    pub text: String,
    /// For programs: what `--json` prints beside the command.
    #[serde(flatten)]
    pub facts: Value,
}

impl Summary {
    /// A summary; `facts` is a struct or a map.
    pub fn new(command: &'static str, text: impl Into<String>, facts: impl Serialize) -> Self {
        let facts = match serde_json::to_value(facts) {
            Ok(facts @ Value::Object(_)) => facts,
            Ok(other) => serde_json::json!({ "facts": other }),
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        };
        Self { command, text: text.into(), facts }
    }
}
