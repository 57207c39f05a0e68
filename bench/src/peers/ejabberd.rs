//! ejabberd: a chat room of XMPP over WebSocket, for anonymous members.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use tokio_tungstenite::tungstenite::Message;

use super::debian::Package;
use super::{launch, seats};
use crate::dialect::{Dialect, Heard, Upgrade};
use crate::system::{Card, Running, Size, System};

/// The system.
pub(super) struct Ejabberd;

const PACKAGE: &str = "ejabberd";

impl System for Ejabberd {
    fn card(&self) -> Card {
        let what = "ejabberd: an XMPP chat room over WebSocket, no presence told, the last twenty \
                    messages in memory";
        Card { name: "ejabberd", what, stores: false }
    }

    fn prepare(&self) -> Result<String> {
        let package = Package::unpack(PACKAGE)?;
        package.check(&runtime(&package)?.join("bin/beam.smp"))?;
        Ok(format!("ejabberd {}", package.version))
    }

    /// Starts the runtime itself, since the package's own script insists on paths of the system and
    /// on a user; the flags are that script's.
    fn start(&self, size: Size, folder: &Path) -> Result<Running> {
        let package = Package::find(PACKAGE).context("ejabberd was not prepared")?;
        let address = launch::free_address()?;
        let port = address.port().to_string();
        let config = launch::configure("ejabberd.yml", folder, &[("PORT", &port)])?;
        let programs = runtime(&package)?.join("bin");
        let mut command = package.command(&programs.join("erlexec"));
        command.envs([("EMU", "beam"), ("PROGNAME", "erl"), ("ERL_MAX_PORTS", "32000")]);
        command.env("ROOTDIR", package.root.join("usr/lib/erlang")).env("BINDIR", programs);
        command.env("ERL_LIBS", package.libraries()).env("HOME", folder);
        command.env("ERL_CRASH_DUMP_BYTES", "0").env("EJABBERD_CONFIG_PATH", config);
        command.env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"));
        command.args(["-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir"]);
        // A term of Erlang, which is a string in quotes.
        let spool = format!("\"{}\"", folder.join("spool").display());
        command.arg(spool).args(["-s", "ejabberd"]);
        let process = launch::start(command, address, folder)?;
        Ok(Running { address, process, seats: seats(size, Member::new) })
    }
}

/// The folder of Erlang's runtime, which has its version in its name.
fn runtime(package: &Package) -> Result<PathBuf> {
    let folder = package.root.join("usr/lib/erlang");
    let files = std::fs::read_dir(&folder);
    let files = files.with_context(|| format!("{} is missing", folder.display()))?;
    let is_runtime = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("erts-"))
    };
    let mut paths = files.flatten().map(|file| file.path());
    paths.find(is_runtime).context("ejabberd came without Erlang's runtime")
}

/// How far somebody is on the way into the room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    SigningIn,
    Binding,
    Joining,
    Inside,
}

struct Member {
    room: String,
    name: String,
    step: Step,
}

const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' \
                    version='1.0'/>";
const SIGN_IN: &str = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
const BIND: &str = "<iq xmlns='jabber:client' type='set' id='bind'>\
                    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";

impl Member {
    fn new(mut room: String, name: String) -> Self {
        room.push_str("@rooms.localhost");
        Self { room, name, step: Step::SigningIn }
    }

    /// Joins, and asks for nothing that was said before.
    fn join(&self) -> String {
        let Self { room, name, .. } = self;
        format!(
            "<presence xmlns='jabber:client' to='{room}/{name}'>\
             <x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
        )
    }

    /// Goes on to `step`, saying this.
    fn go_on(&mut self, step: Step, say: impl Into<String>) -> Heard {
        self.step = step;
        Heard::answer(Message::text(say.into()))
    }
}

impl Dialect for Member {
    fn upgrade(&self) -> Upgrade {
        let protocols = vec!["xmpp".to_owned()];
        Upgrade { path: "/ws".to_owned(), protocols, ..Upgrade::default() }
    }

    fn greet(&mut self) -> Heard {
        self.go_on(Step::SigningIn, OPEN)
    }

    fn heard(&mut self, message: &[u8]) -> Result<Heard> {
        let is = |beginning: &str| message.starts_with(beginning.as_bytes());
        let has = |part: &str| memchr::memmem::find(message, part.as_bytes()).is_some();
        if self.step == Step::Inside && is("<message ") {
            return Ok(Heard::nothing());
        }
        if is("<failure") || is("<close") || is("<stream:error") || has("type='error'") {
            bail!("{}", String::from_utf8_lossy(message));
        }
        Ok(match self.step {
            Step::SigningIn if has("<mechanism>ANONYMOUS<") => self.go_on(self.step, SIGN_IN),
            // What follows is a new stream.
            Step::SigningIn if is("<success") => self.go_on(Step::Binding, OPEN),
            Step::Binding if is("<stream:features") => self.go_on(Step::Joining, BIND),
            Step::Joining if is("<iq ") => self.go_on(Step::Joining, self.join()),
            // A room tells its subject, even none, to whoever has joined.
            Step::Joining if is("<message ") && has("<subject") => {
                self.step = Step::Inside;
                Heard::ready()
            }
            Step::SigningIn | Step::Binding | Step::Joining | Step::Inside => Heard::nothing(),
        })
    }

    fn say(&mut self, body: &str) -> Message {
        let room = &self.room;
        Message::text(format!(
            "<message xmlns='jabber:client' type='groupchat' to='{room}'>\
             <body>{body}</body></message>"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server says, in order, and what it is to be told, as recorded from one.
    #[test]
    fn a_member_signs_in_binds_and_joins() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        assert_eq!(member.greet().answers, [Message::text(OPEN)]);
        let talk = [
            ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='1' from='localhost'/>", None),
            (
                "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
                 <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
                 <mechanism>ANONYMOUS</mechanism><mechanism>PLAIN</mechanism></mechanisms>\
                 </stream:features>",
                Some(SIGN_IN.to_owned()),
            ),
            ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", Some(OPEN.to_owned())),
            ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' id='2' from='localhost'/>", None),
            (
                "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
                 <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
                Some(BIND.to_owned()),
            ),
            (
                "<iq xmlns='jabber:client' type='result' id='bind'>\
                 <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>4@localhost/1</jid></bind>\
                 </iq>",
                Some(member.join()),
            ),
            ("<presence xmlns='jabber:client' from='room-1@rooms.localhost/member-7'/>", None),
        ];
        for (heard, said) in talk {
            let answers = member.heard(heard.as_bytes()).unwrap().answers;
            assert_eq!(answers, Vec::from_iter(said.map(Message::text)), "to {heard}");
        }
        let subject = "<message xmlns='jabber:client' from='room-1@rooms.localhost' \
                       type='groupchat'><subject/></message>";
        assert!(member.heard(subject.as_bytes()).unwrap().ready);
        assert!(!member.heard(subject.as_bytes()).unwrap().ready, "once is enough");
    }

    #[test]
    fn a_message_goes_to_the_room() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        let said = "<message xmlns='jabber:client' type='groupchat' to='room-1@rooms.localhost'>\
                    <body>hi</body></message>";
        assert_eq!(member.say("hi"), Message::text(said));
        assert!(member.join().contains("to='room-1@rooms.localhost/member-7'"));
    }

    #[test]
    fn a_refusal_ends_the_measurement() {
        let mut member = Member::new("room-1".to_owned(), "member-7".to_owned());
        member.greet();
        assert!(member.heard(b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").is_err());
        member.step = Step::Joining;
        let full = b"<presence from='room-1@rooms.localhost/member-7' type='error'/>";
        assert!(member.heard(full).is_err());
    }
}
