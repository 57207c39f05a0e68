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

/// Live sessions below which a sweep costs less than a millisecond: such a room needs no window.
pub const SMALL_ROOM: usize = 20;

/// Milliseconds within which a busy room that can tells everybody of an entry: the budget of
/// design §1 minus what the runtime's garbage takes.
pub const SPREAD_MS: u64 = 80;

/// Milliseconds of a second that a room spends at most on a sweep for each entry if it is calm: a
/// quarter is left for what comes in.
pub const CALM_MS_PER_S: u64 = 750;

/// Milliseconds that a room rests at most after a sweep, however long that was.
pub const PAUSE_MS_MAX: u64 = 100;

/// Milliseconds after which a sweep counts as over, should the call that says so not come.
pub const SWEEP_MS_MAX: u64 = 500;

/// Entries in a second from which a room is busy: a row fills while a person notices nothing.
pub const BUSY_PER_S: u64 = 80;

/// Entries that a busy room gathers for a row, so that a message costs a tenth of one.
pub const ROW_ENTRIES: u64 = 13;

/// Milliseconds after a flush for which a busy room waits for [`ROW_ENTRIES`].
pub const ROW_MS: u64 = 125;

/// Parts in which a crowd is served, one after the other: more of them would cost a commit each.
pub const WAVES: u8 = 4;

/// Deliveries in a second from which a room is a crowd: a flush for each wave still fills a row.
pub const CROWD_PER_S: u64 = 750_000;

/// Milliseconds after an entry from which every wave was sent it for sure, also if timers starve;
/// below the ten seconds of quiet after which the platform lets a room hibernate.
pub const LEVEL_MS: u64 = 5_000;

/// Bytes of waiting lines that end a window early. A chunk stays far below the 2 MB of a row.
pub const WINDOW_BYTES_MAX: usize = 256 * 1024;

/// Milliseconds between digests of one kind.
pub const TICK_MS: u64 = 1_000;

/// Frames in a second that digests of one kind cost by themselves: a larger room tells them later.
pub const DIGEST_FRAMES_PER_S: u64 = 1_000;

/// Milliseconds after which a room of any size tells them.
pub const DIGEST_MS_MAX: u64 = 5_000;

/// Users that a digest names; beyond, it counts.
pub const NAMES_MAX: usize = 8;

/// Milliseconds after the last session ended until the member is called offline. Below the ten
/// seconds after which a timer would be an alarm, that is, a row written.
pub const PRESENCE_GRACE_MS: u64 = 8_000;

/// Milliseconds after which a member who said `typing` and nothing since is not typing.
pub const TYPING_MS: u64 = 6_000;

/// Members of a room. One object holds 32,768 sockets; beyond, rooms are relayed (design §10).
pub const MEMBERS_MAX: usize = 10_000;

/// Sessions of one user in one room; the oldest makes way. People have a few devices, loops many.
pub const SESSIONS_PER_USER_MAX: usize = 16;

/// Members of a direct room; beyond, a private room with a name serves people better.
pub const DIRECT_MEMBERS_MAX: usize = 8;

/// Messages and amendments that a member may send at once.
pub const SEND_BURST: u32 = 60;

/// Milliseconds in which a member regains one of [`SEND_BURST`]: five a second, sustained.
pub const SEND_EVERY_MS: u64 = 200;

/// Requests that a user may make of a room at once: joins, invites, moderation, uploads, searches.
pub const REQUEST_BURST: u32 = 30;

/// Milliseconds in which a user regains one of [`REQUEST_BURST`].
pub const REQUEST_EVERY_MS: u64 = 1_000;

/// Pages, lists and files that a user may ask a room for at once: somebody scrolls fast.
pub const LOOK_BURST: u32 = 200;

/// Milliseconds in which a user regains one of [`LOOK_BURST`].
pub const LOOK_EVERY_MS: u64 = 50;

/// Rooms that a user may found at once, direct ones included: each is in others' inboxes, too.
pub const FOUND_BURST: u32 = 10;

/// Milliseconds in which a user regains one of [`FOUND_BURST`].
pub const FOUND_EVERY_MS: u64 = 60_000;

/// Milliseconds of the longest slow mode: six hours.
pub const SLOW_MS_MAX: u64 = 6 * 3_600_000;

/// Milliseconds of the longest mute: four weeks. A ban is for longer.
pub const MUTE_MS_MAX: u64 = 28 * 86_400_000;

/// Edits of one message: all of them are read when it is erased.
pub const EDITS_MAX: usize = 100;

/// Different reactions on one message.
pub const REACTION_KINDS_MAX: usize = 20;

/// Bytes of a reaction: the longest emoji sequences in use have 35.
pub const EMOJI_BYTES_MAX: usize = 40;

/// Pinned messages of a room: more than people look through.
pub const PINS_MAX: usize = 50;

/// Users that one body mentions by name.
pub const MENTIONS_MAX: usize = 50;

/// Files of one message.
pub const ATTACHMENTS_MAX: usize = 10;

/// Bytes of a file: what the platform lets through in one request, on every plan.
pub const ATTACHMENT_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Characters of a file's name.
pub const FILE_NAME_CHARS_MAX: usize = 200;

/// Milliseconds after which a file that came with no message is deleted.
pub const UPLOAD_MS_MAX: u64 = 24 * 3_600_000;

/// Files of a room that came with no message yet, of one user.
pub const UPLOADS_MAX: usize = 50;

/// Invites of a room that are neither spent nor revoked.
pub const INVITES_MAX: usize = 100;

/// Milliseconds that an invite lasts unless asked otherwise: a week.
pub const INVITE_MS: u64 = 7 * 86_400_000;

/// Milliseconds that an invite lasts at most: thirty days.
pub const INVITE_MS_MAX: u64 = 30 * 86_400_000;

/// How often an invite can be used at most.
pub const INVITE_USES_MAX: u32 = 1_000;

/// Bans of a room, which it holds in memory.
pub const BANS_MAX: usize = 10_000;

/// Steps of a `receipts` digest: 32 times 20 bytes a tick, whatever the room's size.
pub const RECEIPT_STEPS_MAX: usize = 32;

/// Milliseconds between two `read` lines of a client that keeps reading.
pub const READ_AGAIN_MS: u64 = 2_000;

/// `read` lines in a second of all members who are online: where there are more, each says less.
pub const READS_PER_S: u64 = 500;

/// Milliseconds between two `read` lines of a client where `n_online` members are.
#[must_use]
pub const fn read_again_ms(n_online: u64) -> u64 {
    let all_ms = n_online.saturating_mul(1_000) / READS_PER_S;
    if all_ms > READ_AGAIN_MS { all_ms } else { READ_AGAIN_MS }
}

/// Milliseconds after which read positions that moved are stored with the next flush: in a room of
/// 1,000 who read all the time, three rows a second. Meanwhile the sockets hold them.
pub const READ_STORED_MS: u64 = 300_000;

/// Unread messages that are counted; beyond, the count means "so many or more".
pub const UNREAD_MAX: u32 = 100;

/// Rooms that an inbox lists and holds in memory: more than a person follows.
pub const INBOX_ROOMS_MAX: usize = 5_000;

/// Bytes of the rooms that an inbox lists: they travel in one frame.
pub const INBOX_BYTES_MAX: usize = 2_000_000;

/// Milliseconds between two notices to a user whose inbox is open, about one room.
pub const NOTICE_AGAIN_MS: u64 = 10_000;

/// Characters of a topic: a line or two below the room's name.
pub const TOPIC_CHARS_MAX: usize = 250;

/// Characters of the reason that a moderator gives.
pub const REASON_CHARS_MAX: usize = 200;

/// Characters of a search.
pub const QUERY_CHARS_MAX: usize = 200;

/// Hits of a page of search.
pub const PAGE_HITS_MAX: usize = 25;

/// Entries that are not indexed until the index is filled up: few enough to look through at every
/// search, and many enough that indexing costs a row for many entries.
pub const INDEX_ENTRIES: u64 = 512;

/// Rooms of a user that are asked in one search across rooms.
pub const SEARCH_ROOMS_MAX: usize = 50;

/// Amending entries that a client remembers, to bring pages of history up to date.
pub const AMENDING_MAX: usize = 1_000;

/// Entries that a client holds of what a person looks at; beyond, the far end is let go.
pub const TIMELINE_ENTRIES_MAX: usize = 1_500;

/// Characters of a room's name.
pub const ROOM_NAME_CHARS_MAX: usize = 80;

/// Characters of a person's display name.
pub const DISPLAY_NAME_CHARS_MAX: usize = 64;

/// Entries after which the room stores the nonces of its devices: one row for this many entries,
/// and at most so many lines to read when it wakes.
pub const CHECKPOINT_ENTRIES: u64 = 1_024;

/// Devices whose last nonce a room remembers, most recent first: up to 90 bytes each in one row.
pub const DEVICES_MAX: usize = 20_000;

/// Devices of one user whose last nonce a room remembers, so that nobody displaces the others'.
pub const DEVICES_PER_USER_MAX: usize = 64;

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

/// Milliseconds of it for each member online, if that is more: a room welcomes about one a
/// millisecond, and goes on serving those who stayed.
pub const BACKOFF_MS_PER_MEMBER: u64 = 4;

/// Milliseconds of it at most, so that whoever was cut off alone is back before it is seen.
pub const BACKOFF_CROWD_MS_MAX: u64 = 6_000;

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

/// Days that a personal access token is good for, at most: somebody looks at it once a year.
pub const TOKEN_DAYS_MAX: u64 = 366;

/// Personal access tokens of an account, its bots not included.
pub const TOKENS_MAX: usize = 50;

/// Bots of a person.
pub const BOTS_MAX: usize = 20;

/// Milliseconds for which an access token is good.
pub const ACCESS_TOKEN_MS: u64 = 15 * 60 * 1000;

/// Milliseconds for which an object remembers what has ended: until no access token can live that
/// was issued before, by whosever clock.
pub const ENDED_MS: u64 = ACCESS_TOKEN_MS + 2 * 60 * 1000;

/// Milliseconds for which a Worker that has just seen a sign-in may still take it.
pub const REVOKED_MS_MAX: u64 = 30_000;

/// Characters of a new password, at least, as it is the only factor (NIST SP 800-63B-4, 3.1.1.2).
pub const PASSWORD_CHARS_MIN: usize = 15;

/// Bytes of a password, at most.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Wrong passwords in a row before the next one has to wait: who mistypes does not notice.
pub const ATTEMPTS_FREE: u32 = 5;

/// Milliseconds that a further attempt waits, at most: an owner is never locked out for long.
pub const ATTEMPT_WAIT_MS_MAX: u64 = 15 * 60 * 1000;

/// Milliseconds for which a sign-in counts as a proof of who somebody is.
pub const RECENT_MS: u64 = 10 * 60 * 1000;

/// Milliseconds for which a link that resets a password is good.
pub const RESET_MS: u64 = 30 * 60 * 1000;

/// Passkeys of an account: one for each device, and a few that are kept in a drawer.
pub const PASSKEYS_MAX: u16 = 20;

/// Bytes of an avatar, which pages make small before they send it.
pub const AVATAR_BYTES_MAX: usize = 256 * 1024;

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
    assert!(BACKOFF_CROWD_MS_MAX < PRESENCE_GRACE_MS, "who comes back was not away");
    assert!(TYPING_AGAIN_MS + TICK_MS < TYPING_MS, "who keeps writing does not expire");
    assert!(TICK_MS <= DIGEST_MS_MAX, "no room is told more often than others");
    assert!(DIGEST_MS_MAX < TYPING_MS, "typing is seen before it expires");
    assert!(READ_AGAIN_MS > TICK_MS, "reading costs less than a line a tick");
    assert!(REACTION_KINDS_MAX * (EMOJI_BYTES_MAX + 64) < PAGE_BYTES, "a page holds amendments");
    assert!(BANS_MAX * 128 < 2_000_000, "bans fit into memory");
    assert!(2 * (SWEEP_MS_MAX + PAUSE_MS_MAX) + ROW_MS < LEVEL_MS, "everybody is served");
    assert!(SWEEP_MS_MAX + PAUSE_MS_MAX + ROW_MS < ANSWER_MS_MAX, "an answer can come in time");
    assert!(DEVICES_MAX * 90 < 2_000_000, "the nonces of all devices fit into a row");
};
