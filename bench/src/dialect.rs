//! What a member says and hears on one socket, in the words of one system, without any I/O.

use anyhow::Result;
use tokio_tungstenite::tungstenite::Message;

/// The request that opens a socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Upgrade {
    /// The path, with its query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Subprotocols; if there are any, the server must choose one.
    pub(crate) protocols: Vec<String>,
}

/// What follows from something that was heard.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// What to say now.
    pub(crate) answers: Vec<Message>,
    /// Whether the member hears everything from now on. Once said, it need not be said again.
    pub(crate) ready: bool,
}

/// One member of one room on one socket.
///
/// The order of calls is `upgrade`, `greet`, then `heard` for each message from the server, and
/// `say` once the member is ready. Markers in what is heard are found and counted by others; a
/// dialect looks only for what it must answer, and quickly, since it sees every message.
///
/// A server delivers what is said to everybody in the room, the one who said it included, and
/// never splits a body over two messages of the WebSocket.
pub(crate) trait Dialect {
    fn upgrade(&self) -> Upgrade;

    /// What to say first, if anything.
    fn greet(&mut self) -> Heard;

    /// A text or binary message came, or an error that ends the measurement.
    fn heard(&mut self, message: &[u8]) -> Result<Heard>;

    /// The message that says `body`, which is printable ASCII without quotes, backslashes, `<`
    /// or `&`.
    fn say(&mut self, body: &str) -> Message;
}

impl Heard {
    /// Nothing follows.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// The member hears everything from now on.
    pub(crate) fn ready() -> Self {
        Self { ready: true, ..Self::default() }
    }

    /// One answer.
    pub(crate) fn answer(message: Message) -> Self {
        Self { answers: vec![message], ready: false }
    }
}
