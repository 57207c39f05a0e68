//! Every limit of the protocol, with its unit and its reason. Related limits are asserted below.

/// Bytes of a message body. Four thousand Korean characters are 12 KB; a limit people do not meet.
pub const BODY_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a frame from a client: the longest body, every character escaped, with room to spare.
pub const FRAME_BYTES_MAX: usize = 128 * 1024;

/// Lines of a frame from a client: a client that comes back sends its outbox in a few frames.
pub const FRAME_LINES_MAX: usize = 64;

/// Milliseconds between a connection and its `hello`.
pub const HELLO_MS_MAX: u64 = 10_000;

/// Entries that are replayed on a socket; beyond, history over HTTP is cheaper for everyone.
pub const REPLAY_ENTRIES_MAX: u64 = 1_000;

/// Bytes that are replayed on a socket: they wait in memory for a reader that may be slow, and all
/// rooms of an isolate share 128 MB.
pub const REPLAY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Entries sent on a socket to a client that holds nothing, or too little: about a screen or two.
pub const REPLAY_TAIL: u64 = 100;

/// Bytes after which a replay frame ends: few frames, and none that stalls a slow link.
pub const REPLAY_FRAME_BYTES: usize = 256 * 1024;

/// Milliseconds an accepted entry may wait for company: the budget of design §1 minus the network.
pub const WINDOW_MS_MAX: u64 = 100;

/// Microseconds that one `send` to one socket costs the room: 20–40 in workerd by itself, and 50
/// with a load generator beside it on two cores, where 30 let a room of 1,000 fall behind.
pub const SWEEP_US_PER_SESSION: u64 = 50;

/// Bytes of waiting lines that end a window early. A chunk stays far below the 2 MB of a row.
pub const WINDOW_BYTES_MAX: usize = 256 * 1024;

/// Milliseconds between digests of one kind.
pub const TICK_MS: u64 = 1_000;

/// Users that a digest names; beyond, it counts.
pub const NAMES_MAX: usize = 8;

/// Milliseconds after the last session ended until the member is called offline. Below the ten
/// seconds after which a timer would be an alarm, that is, a row written.
pub const PRESENCE_GRACE_MS: u64 = 8_000;

/// Milliseconds after which a member who said `typing` and nothing since is not typing.
pub const TYPING_MS: u64 = 6_000;

/// Members of a room. One object holds 32,768 sockets; beyond, rooms are relayed (design §10).
pub const MEMBERS_MAX: usize = 10_000;

/// Characters of a room's name.
pub const ROOM_NAME_CHARS_MAX: usize = 80;

/// Characters of a person's display name.
pub const DISPLAY_NAME_CHARS_MAX: usize = 64;

/// Entries after which the room stores the nonces of its devices: one row for this many entries,
/// and at most so many lines to read when it wakes.
pub const CHECKPOINT_ENTRIES: u64 = 1_024;

/// Devices whose last nonce a room remembers, most recent first: up to 90 bytes each in one row.
pub const DEVICES_MAX: usize = 20_000;

/// Milliseconds that a client waits for a socket, a `welcome`, or the answer to a send, before it
/// reconnects.
pub const ANSWER_MS_MAX: u64 = 10_000;

/// Milliseconds between two `typing` lines of a client that keeps writing.
pub const TYPING_AGAIN_MS: u64 = 3_000;

/// Milliseconds of silence after which a client sends a ping.
pub const HEARTBEAT_MS: u64 = 25_000;

/// Milliseconds that a client waits for anything after a ping.
pub const PONG_MS_MAX: u64 = 10_000;

/// Milliseconds of the first backoff's upper bound.
pub const BACKOFF_MS: u64 = 500;

/// Milliseconds of every backoff's upper bound.
pub const BACKOFF_MS_MAX: u64 = 30_000;

/// Sends that a client keeps unanswered; the composer then asks to wait.
pub const OUTBOX_MAX: usize = 500;

/// Entries of a history page.
pub const PAGE_ENTRIES_MAX: u64 = 200;

/// Bytes of lines after which a history page ends, whatever was asked for.
pub const PAGE_BYTES: usize = 512 * 1024;

/// Members of a roster page.
pub const PAGE_MEMBERS_MAX: usize = 200;

/// Bytes of a JSON body over HTTP.
pub const HTTP_BODY_BYTES_MAX: usize = 32 * 1024;

/// The largest integer that JavaScript and JSON readers keep exactly; bounds seqs and nonces.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

const _: () = {
    assert!(BODY_BYTES_MAX * 6 + 256 < FRAME_BYTES_MAX, "an escaped body fits into a frame");
    assert!(WINDOW_BYTES_MAX + BODY_BYTES_MAX * 6 + 1024 < 2_000_000, "a chunk fits into a row");
    assert!(REPLAY_TAIL <= REPLAY_ENTRIES_MAX, "the tail is a replay");
    assert!(
        WINDOW_BYTES_MAX + BODY_BYTES_MAX * 6 + 1024 < REPLAY_BYTES_MAX,
        "the last chunk can be replayed"
    );
    assert!(PRESENCE_GRACE_MS < 10_000, "grace is a timer, not an alarm");
    assert!(TYPING_AGAIN_MS + TICK_MS < TYPING_MS, "who keeps writing does not expire");
    assert!(TICK_MS < TYPING_MS, "typing is seen before it expires");
    assert!(WINDOW_MS_MAX < ANSWER_MS_MAX, "an answer can come in time");
    assert!(DEVICES_MAX * 90 < 2_000_000, "the nonces of all devices fit into a row");
};
