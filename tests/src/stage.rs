//! What has to be there before somebody can ask: a room, people in it, what they said.

use protocol::{Link, RoomId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::matrix::{Role, Row};
use crate::person::Person;
use crate::server::{ARCHIVE_TOKEN, Server};
use crate::wire::Wire;

/// Kinds of rooms, by the placeholder that stands for one.
pub const KINDS: [(&str, &str); 4] = [
    ("{room}", "public"),
    ("{private}", "private"),
    ("{announcement}", "announcement"),
    ("{direct}", "direct"),
];

/// Somebody in a role, and what a row names.
pub struct Stage {
    /// Who asks, with what their role has for a token.
    pub actor: Person,
    /// Another member of the room, whom an act may be about.
    pub target: Person,
    /// The room, if the row names one.
    pub room: Option<RoomId>,
    /// What stands for each placeholder.
    known: Vec<(&'static str, String)>,
}

impl Role {
    /// Whether somebody of this role is, or was, in the room.
    #[must_use]
    pub fn has_been_in(self) -> bool {
        match self {
            Self::Nobody | Self::Stranger | Self::Elsewhere | Self::Admin | Self::Job => false,
            Self::Expired
            | Self::Guest
            | Self::Member
            | Self::Moderator
            | Self::Owner
            | Self::Banned
            | Self::Former
            | Self::ReadOnly
            | Self::Disabled => true,
        }
    }
}

impl Stage {
    /// Sets the stage for `role` to ask `row`.
    pub async fn set(server: &Server, role: Role, row: &Row) -> Self {
        let mut people = server.people(5).into_iter();
        let [actor, target, host, outcast, newcomer] =
            std::array::from_fn(|_| people.next().expect("five people"));
        let mut stage = Self { actor, target, room: None, known: Vec::new() };
        stage.knows("{me}", stage.actor.user);
        stage.knows("{device}", stage.actor.device);
        stage.knows("{user}", stage.target.user);
        stage.knows("{name}", &newcomer.name);
        stage.knows("{newcomer}", newcomer.user);
        stage.knows("{banned}", outcast.user);
        stage.knows("{provider}", "nobody");
        stage.knows("{id}", "none");
        stage.knows("{fence}", 7);
        stage.knows("{link}", Link::GENESIS.to_hex());
        if let Some((placeholder, kind)) = KINDS.iter().find(|(name, _)| row.names(name)) {
            let owner = if role == Role::Owner { stage.actor.clone() } else { host };
            let room = stage.found(role, &owner, kind).await;
            stage.room = Some(room);
            stage.knows(placeholder, room);
            if *kind != "direct" {
                if row.names("{banned}") {
                    add(&owner, room, &outcast).await;
                    remove(&owner, room, &outcast, "?ban=true").await;
                }
                stage.furnish(row, role, &owner, room).await;
                stage.take_role(role, &owner, room).await;
            }
        }
        stage.take_token(server, role).await;
        stage
    }

    /// The text with what stands for its placeholders.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let fill = |text: String, (name, value): &(&str, String)| text.replace(name, value);
        self.known.iter().fold(text.to_owned(), fill)
    }

    /// The first thing to know by a name counts.
    #[expect(clippy::needless_pass_by_value, reason = "most of them are small and copied")]
    fn knows(&mut self, name: &'static str, value: impl ToString) {
        self.known.push((name, value.to_string()));
    }

    /// A room with everybody in it who is or was in it.
    async fn found(&self, role: Role, owner: &Person, kind: &str) -> RoomId {
        if kind == "direct" {
            let is_in = role.has_been_in() && !matches!(role, Role::Banned | Role::Former);
            let opener = if is_in { &self.actor } else { owner };
            return opener.found(&json!({ "kind": "direct", "with": [self.target.user] })).await;
        }
        let room = owner.found(&json!({ "name": "Floor", "kind": kind })).await;
        add(owner, room, &self.target).await;
        if role.has_been_in() && role != Role::Owner {
            add(owner, room, &self.actor).await;
        }
        room
    }

    /// Messages, files and invites that the row names.
    async fn furnish(&mut self, row: &Row, role: Role, owner: &Person, room: RoomId) {
        let mine = if role.has_been_in() { self.actor.clone() } else { owner.clone() };
        if row.names("{seq}") || row.names("{file}") {
            let mut files = Vec::new();
            if row.names("{file}") {
                files.push(upload(&self.target, room).await);
            }
            let speaker = if row.names("{announcement}") { owner } else { &self.target };
            let (mut wire, _) = Wire::welcome(speaker, room).await;
            let said = json!({ "t": "send", "body": "words", "attachments": files });
            let said = wire.does(said).await;
            self.knows("{seq}", &said["seq"]);
            self.knows("{file}", files.first().cloned().unwrap_or_default());
        }
        if row.names("{mine}") {
            let (mut wire, _) = Wire::welcome(&mine, room).await;
            self.knows("{mine}", wire.says("mine").await);
        }
        if row.names("{upload}") {
            self.knows("{upload}", upload(&mine, room).await);
        }
        if row.names("{draft}") {
            self.knows("{draft}", upload(&self.target, room).await);
        }
        if row.names("{code}") {
            let answer = owner.post(&format!("rooms/{room}/invites"), &json!({})).await;
            assert_eq!(answer.status(), 201);
            let invite: Value = answer.json().await.unwrap();
            self.knows("{code}", invite["code"].as_str().unwrap());
        }
    }

    async fn take_role(&self, role: Role, owner: &Person, room: RoomId) {
        match role {
            Role::Guest => promote(owner, room, &self.actor, "guest").await,
            Role::Moderator => promote(owner, room, &self.actor, "moderator").await,
            Role::Banned => remove(owner, room, &self.actor, "?ban=true").await,
            Role::Former => remove(owner, room, &self.actor, "").await,
            Role::Elsewhere => {
                let other = owner.found(&json!({ "name": "Elsewhere", "kind": "public" })).await;
                add(owner, other, &self.actor).await;
            }
            Role::Nobody
            | Role::Expired
            | Role::Stranger
            | Role::Member
            | Role::Owner
            | Role::ReadOnly
            | Role::Disabled
            | Role::Admin
            | Role::Job => {}
        }
    }

    async fn take_token(&mut self, server: &Server, role: Role) {
        self.actor.token = match role {
            Role::Nobody => String::new(),
            Role::Job => ARCHIVE_TOKEN.to_owned(),
            Role::Expired => server.expired(&self.actor),
            Role::ReadOnly => server.signed_in(&self.actor, "read"),
            Role::Admin => server.administrator(&self.actor),
            Role::Disabled => {
                let (admin, user) = (&server.people(1)[0], self.actor.user);
                let admin = Person { token: server.administrator(admin), ..admin.clone() };
                let answer =
                    admin.patch(&format!("admin/users/{user}"), &json!({ "disabled": true })).await;
                assert!(answer.status().is_success(), "{:?}", answer.text().await);
                return;
            }
            Role::Stranger
            | Role::Guest
            | Role::Member
            | Role::Moderator
            | Role::Owner
            | Role::Banned
            | Role::Former
            | Role::Elsewhere => return,
        };
    }
}

async fn add(owner: &Person, room: RoomId, person: &Person) {
    let body = json!({ "name": person.name });
    let answer = owner.post(&format!("rooms/{room}/members"), &body).await;
    assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
}

async fn remove(owner: &Person, room: RoomId, person: &Person, how: &str) {
    let path = format!("rooms/{room}/members/{}{how}", person.user);
    assert_eq!(owner.delete(&path).await.status(), 204);
}

async fn promote(owner: &Person, room: RoomId, person: &Person, role: &str) {
    let path = format!("rooms/{room}/members/{}", person.user);
    assert_eq!(owner.patch(&path, &json!({ "role": role })).await.status(), 200);
}

async fn upload(person: &Person, room: RoomId) -> String {
    let path = format!("rooms/{room}/attachments?name=a.txt");
    let answer = person.request(Method::POST, &path).body("words").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let file: Value = answer.json().await.unwrap();
    file["id"].as_str().unwrap().to_owned()
}
