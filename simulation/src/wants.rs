//! People get what they want: their client or a request does it.

use client::Input;
use protocol::{AttachmentId, Change, InviteId, Seq};
use room::Act;

use crate::invariant::Check;
use crate::network::Request;
use crate::wish::{EMOJIS, Setting, Wish};
use crate::world::World;

impl World {
    /// A person does what it wants, or begins to.
    pub(crate) fn want(&mut self, person: usize, wish: Wish) -> Check {
        let input = match wish {
            Wish::Say { n } => return self.say(person, n),
            Wish::Write { reply_to, thread, with_file, to } => {
                return self.write(person, (reply_to, thread), with_file, to);
            }
            Wish::Edit { target } => {
                let body = self.text(person);
                return self.amend_message(person, client::Act::Edit { target, body });
            }
            Wish::Redact { target } => {
                return self.amend_message(person, client::Act::Redact { target });
            }
            Wish::React { target, emoji, on } => {
                let emoji = EMOJIS[emoji].to_owned();
                return self.amend_message(person, client::Act::React { target, emoji, on });
            }
            Wish::Pin { target, on } => {
                return self.amend_message(person, client::Act::Pin { target, on });
            }
            Wish::Start => return self.start(person),
            Wish::Reload { n_forgotten } => return self.reload(person, n_forgotten),
            Wish::Type { on } => Input::Typing(on),
            Wish::Read { back } => Input::Read(self.people[person].client.tip().back(back)),
            Wish::Retry { nonce } => Input::Retry(nonce),
            Wish::Discard { nonce } => Input::Discard(nonce),
            Wish::LoadOlder => Input::LoadOlder,
            Wish::LoadNewer => Input::LoadNewer,
            Wish::Jump { seq } => Input::Jump(seq),
            Wish::Present => Input::Present,
            Wish::OpenThread { root } => Input::OpenThread(root),
            Wish::LoadOlderInThread => Input::LoadOlderInThread,
            Wish::CloseThread => Input::CloseThread,
            Wish::Stop => Input::Stop,
            Wish::Reconnect => Input::Reconnect,
            Wish::ReadAtOnce { .. }
            | Wish::Join
            | Wish::Leave
            | Wish::Add { .. }
            | Wish::Moderate { .. }
            | Wish::Set { .. }
            | Wish::Invite { .. }
            | Wish::Upload
            | Wish::Watch { .. } => {
                self.request(person, wish);
                return Ok(());
            }
        };
        self.act(person, input)
    }

    /// What a person asks of the room over HTTP.
    fn request(&mut self, person: usize, wish: Wish) {
        let by = self.people[person].user;
        let act = match wish {
            Wish::ReadAtOnce { seq } => Act::Read { user: by, seq },
            Wish::Join => {
                self.people[person].is_asking = true;
                let any = self.random.pick(&self.invites.known);
                let newest = self.invites.known.last().copied();
                let invite = if self.random.percent(70) { newest } else { any };
                Act::Join { user: by, name: format!("Person {person}"), invite }
            }
            Wish::Leave => {
                self.people[person].is_asking = true;
                Act::Leave { user: by }
            }
            Wish::Add { whom } => {
                let user = self.people[whom].user;
                Act::Add { by, user, name: format!("Person {whom}") }
            }
            Wish::Moderate { whom, demand } => {
                let user = self.people[whom].user;
                Act::Moderate { by, user, demand, reason: String::new() }
            }
            Wish::Set { setting } => Act::Change { by, change: change(setting) },
            Wish::Invite { uses } => {
                let invite = InviteId::from_random(self.random.id_bytes());
                let expires_in_ms = Some(self.random.within(1_000..200_000));
                Act::Invite { by, invite, expires_in_ms, uses: Some(uses) }
            }
            Wish::Upload => {
                let id = AttachmentId::from_random(self.random.id_bytes());
                Act::Upload { by, id, bytes: 1, n_uploads: 0 }
            }
            Wish::Watch { on: true } => {
                self.inboxes.open.insert(by);
                return;
            }
            Wish::Watch { on: false } => {
                self.inboxes.open.remove(&by);
                return;
            }
            _ => return,
        };
        self.network.requests.push(Request::Ask { person, act });
    }

    /// A person opens the room, or comes back after an end.
    pub(crate) fn start(&mut self, person: usize) -> Check {
        self.act(person, Input::Start)?;
        self.act(person, Input::Reconnect)
    }

    /// A person writes one message that is more than text.
    fn write(
        &mut self,
        person: usize,
        (reply_to, thread): (Option<Seq>, Option<Seq>),
        with_file: bool,
        to: Option<usize>,
    ) -> Check {
        let mut body = self.text(person);
        if let Some(to) = to {
            let named = format!("<@{}>", self.people[to].user);
            let call = if self.random.percent(30) { "<@room>".to_owned() } else { named };
            body.push_str(&call);
        }
        let mut attachments = Vec::new();
        if with_file && let Some(file) = self.people[person].files.last().cloned() {
            attachments.push(file);
            // Now and then it is used again, or by another: the room refuses that.
            if self.random.percent(80) {
                self.people[person].files.pop();
            }
            if self.random.percent(10) {
                let other = self.random.index(self.people.len());
                self.people[other].files.extend(attachments.first().cloned());
            }
        }
        self.do_act(person, client::Act::Send { body, reply_to, thread, attachments })
    }
}

fn change(setting: Setting) -> Change {
    match setting {
        Setting::Name { n } => Change { name: Some(format!("마루 {n}")), ..Change::default() },
        Setting::SlowMs(ms) => Change { slow_ms: Some(ms), ..Change::default() },
        Setting::Archived(on) => Change { archived: Some(on), ..Change::default() },
    }
}
