//! Whatever people do, and whenever a page is made: what is seen is the same.

use client::{Act, Client, Input, Item, MessageItem};
use proptest::prelude::*;
use protocol::codec::{encode_entry, erase_line};
use protocol::{Amendment, Entry, UserId};

use crate::shell::{
    Shell, amending, amendment, edit, message, page, pin, react, redact, seq, stamp, user, welcomed,
};

/// What happens next, with numbers that are brought into bounds when it does.
#[derive(Clone, Debug)]
enum Step {
    Say { by: u8, thread: Option<u8> },
    Amend { by: u8, target: u8, how: u8, on: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let say = (0..4_u8, proptest::option::weighted(0.3, any::<u8>()))
        .prop_map(|(by, thread)| Step::Say { by, thread });
    let amend = (0..4_u8, any::<u8>(), 0..12_u8, any::<bool>())
        .prop_map(|(by, target, how, on)| Step::Amend { by, target, how, on });
    prop_oneof![1 => say, 3 => amend]
}

/// A log as a room would write it.
#[derive(Default)]
struct Log {
    entries: Vec<Entry>,
    /// The messages, and the thread of each.
    messages: Vec<(u64, Option<u64>)>,
    /// Who gave which reaction to what.
    given: std::collections::BTreeSet<(u64, String, u8)>,
}

impl Log {
    fn of(steps: &[Step]) -> Self {
        let mut log = Self::default();
        for step in steps {
            log.step(step);
        }
        log
    }

    fn step(&mut self, step: &Step) {
        let at = self.entries.len() as u64 + 1;
        let entry = match *step {
            Step::Say { by, thread } => {
                let thread = thread.and_then(|n| self.pick(n, true));
                self.messages.push((at, thread));
                let mut message = message(stamp(at, person(by)), &format!("said at {at}"));
                message.thread = thread.map(seq);
                Entry::Message(message)
            }
            Step::Amend { by, target, how, on } => {
                let Some(target) = self.pick(target, false) else { return };
                let Some(act) = self.act(at, by, target, how, on) else { return };
                amending(stamp(at, person(by)), &act)
            }
        };
        self.entries.push(entry);
    }

    /// An act that the room would not refuse.
    fn act(&mut self, at: u64, by: u8, target: u64, how: u8, on: bool) -> Option<Act> {
        let is_erased = |entry: &Entry| matches!(entry, Entry::Redact(_));
        if self.entries.iter().any(|entry| is_erased(entry) && entry.target() == Some(seq(target)))
        {
            return None;
        }
        Some(match how {
            0 => redact(target),
            1..=3 => edit(target, &format!("edited at {at}")),
            4..=5 => pin(target, on),
            _ => {
                let emoji = ["👍", "🎉", "🔥"][usize::from(how) % 3];
                let key = (target, emoji.to_owned(), by);
                let is_news = if on { self.given.insert(key) } else { self.given.remove(&key) };
                is_news.then(|| react(target, emoji, on))?
            }
        })
    }

    /// One of the messages; one that begins a thread, if asked for.
    fn pick(&self, n: u8, is_root: bool) -> Option<u64> {
        let fit = self.messages.iter().filter(|(_, thread)| !is_root || thread.is_none());
        let fit: Vec<u64> = fit.map(|(at, _)| *at).collect();
        fit.get(usize::from(n) % fit.len().max(1)).copied()
    }

    /// The lines as stored once the log is as long as `upto`.
    fn lines(&self, upto: usize) -> Vec<String> {
        let erased: Vec<_> = self.entries[..upto]
            .iter()
            .filter(|entry| matches!(entry, Entry::Redact(_)))
            .filter_map(Entry::target)
            .collect();
        let line = |entry: &Entry| {
            let line = encode_entry(entry);
            let is_erased = erased.contains(&entry.seq())
                || matches!(entry, Entry::Edit(edit) if erased.contains(&edit.target));
            if is_erased { erase_line(&line).unwrap() } else { line }
        };
        self.entries[..upto].iter().map(line).collect()
    }
}

fn person(n: u8) -> UserId {
    if n == 0 { user() } else { UserId::from_random([100 + n; 13]) }
}

/// What is seen by one who was there all the time.
fn witness(log: &Log, upto: usize) -> Shell {
    let mut shell = Shell::level(0);
    for entry in &log.entries[..upto] {
        shell.receive(&[encode_entry(entry)]);
    }
    shell
}

fn seen(client: &Client) -> Vec<Item> {
    client.items().map(|item| Item::clone(item)).collect()
}

/// The amendments that a page tells, as of what `client` sees.
fn amendments(client: &Client) -> Vec<String> {
    let of = |message: &MessageItem| Amendment {
        target: message.stamp.seq,
        body: message.edited_at.map(|_| message.body.clone()),
        edited_at: message.edited_at,
        redacted_by: message.redacted_by,
        reactions: message.reactions.clone(),
        pinned: message.pinned,
        replies: message.replies,
        last_reply: message.last_reply,
    };
    let messages = client.items().filter_map(|item| item.message().map(of));
    messages.map(amendment).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A page as of `made`, of the lines as of `stored`, handed over after `known` live entries,
    /// and the rest live: whatever the order of the three, it is what a witness sees.
    #[test]
    fn am3_a_page_and_the_rest_are_what_a_witness_sees(
        steps in proptest::collection::vec(step(), 1..80),
        cuts in any::<[prop::sample::Index; 4]>(),
    ) {
        let log = Log::of(&steps);
        let n = log.entries.len();
        let [a, b, c, d] = cuts.map(|cut| cut.index(n + 1));
        // The page was asked for by one who came when the log was `start` long.
        let (start, made) = (a.min(b), a.max(b));
        let stored = start + c.checked_rem(made - start + 1).unwrap_or(0);
        let known = start + d.checked_rem(n - start + 1).unwrap_or(0);

        let mut shell = Shell::level(0);
        shell.reconnect();
        shell.welcome_over_gap(welcomed(start as u64, 0), start as u64);
        shell.input(Input::LoadOlder);
        let live = log.lines(n);
        shell.receive(&live[start..known]);
        let told = amendments(&witness(&log, made).client);
        let lines = [log.lines(stored), told].concat();
        let (id, text) = (shell.asked, page(&lines, made as u64));
        shell.input(Input::PageLoaded { id, text, more: false });
        shell.receive(&live[known..]);
        prop_assert_eq!(seen(&shell.client), seen(&witness(&log, n).client));
    }

    /// A thread whose page is made while the room goes on is what a witness sees of it.
    #[test]
    fn am3_a_thread_is_what_a_witness_sees_of_it(
        steps in proptest::collection::vec(step(), 1..80),
        cuts in any::<[prop::sample::Index; 3]>(),
    ) {
        let log = Log::of(&steps);
        let n = log.entries.len();
        let mut cuts = cuts.map(|cut| cut.index(n + 1));
        cuts.sort_unstable();
        let [opened, made, loaded] = cuts;
        let root = log.messages.first().map_or(1, |(at, _)| *at);
        prop_assume!(root <= made as u64);

        let mut shell = witness(&log, opened);
        shell.input(Input::OpenThread(seq(root)));
        let live = log.lines(n);
        shell.receive(&live[opened..loaded]);
        let of_thread: Vec<String> = log.messages.iter()
            .filter(|(at, thread)| *at == root || *thread == Some(root))
            .filter_map(|(at, _)| log.lines(made).get(usize::try_from(*at).unwrap() - 1).cloned())
            .collect();
        let lines = [of_thread, amendments(&witness(&log, made).client)].concat();
        let (id, text) = (shell.asked, page(&lines, made as u64));
        shell.input(Input::PageLoaded { id, text, more: false });
        shell.receive(&live[loaded..]);

        let mut want = seen(&witness(&log, n).client);
        want.retain(|item| {
            let thread = item.message().and_then(|message| message.thread);
            item.seq() == seq(root) || thread == Some(seq(root))
        });
        let thread: Vec<Item> = shell.client.thread_items().map(|item| Item::clone(item)).collect();
        prop_assert_eq!(thread, want);
    }

    /// A replay of what was erased since, into what is held, is what a witness sees.
    #[test]
    fn rd2_a_replay_of_tombstones_is_what_a_witness_sees(
        steps in proptest::collection::vec(step(), 1..80),
        cut in any::<prop::sample::Index>(),
    ) {
        let log = Log::of(&steps);
        let n = log.entries.len();
        let mut shell = witness(&log, cut.index(n + 1));
        shell.reconnect();
        shell.welcome(welcomed(n as u64, 0));
        shell.receive(&log.lines(n)[cut.index(n + 1)..]);
        prop_assert_eq!(seen(&shell.client), seen(&witness(&log, n).client));
    }
}
