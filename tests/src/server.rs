//! A real server: workerd with the built Worker, on a free port, ended by its own process id.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::{Value, json};

use crate::person::Person;

/// What a server that asks an index brings.
pub const SEARCH_TOKEN: &str = "search-of-this-harness-alone";

/// What archive jobs bring, as tests/harness/server.mjs knows.
pub const ARCHIVE_TOKEN: &str = "archive-job-of-this-harness-alone";

/// A running server.
pub struct Server {
    /// Where it answers, without a slash at the end.
    pub url: String,
    /// The process of workerd itself.
    pub workerd_pid: u32,
    control: Mutex<Control>,
}

struct Control {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// The server that tests share. It ends when its standard input does, with this process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(None, 0))
    }

    /// The server that tests of limits share: rates are as they are in a deployment.
    pub fn strict() -> &'static Self {
        static STRICT: OnceLock<Server> = OnceLock::new();
        STRICT.get_or_init(|| Self::start_with(None, 0, &["--strict"]))
    }

    /// Starts a server on `port`, or a free one for zero, that keeps its data in `state`, and
    /// hardly limits any rate.
    #[must_use]
    pub fn start(state: Option<&Path>, port: u16) -> Self {
        Self::start_with(state, port, &[])
    }

    /// Starts a server with the pages, and the platform's own answers for them. What is in front
    /// of it accepts compression on sockets.
    #[must_use]
    pub fn with_pages() -> Self {
        Self::start_as(None, 0, &[])
    }

    /// Starts a server with these variables, `NAME=VALUE`.
    #[must_use]
    pub fn set(variables: &[&str]) -> Self {
        let flags = variables.iter().flat_map(|variable| ["--set", variable]);
        Self::start_with(None, 0, &flags.collect::<Vec<_>>())
    }

    /// Starts a server that answers `n` requests of each kind from one address, and then none for
    /// a while.
    #[must_use]
    pub fn fenced(n: usize) -> Self {
        Self::start_with(None, 0, &["--address-limit", &n.to_string()])
    }

    /// Starts a server that asks the index of messages at `url`.
    #[must_use]
    pub fn searching(url: &str) -> Self {
        let url = format!("MARU_SEARCH_URL={url}");
        let token = format!("MARU_SEARCH_TOKEN={SEARCH_TOKEN}");
        Self::set(&[&url, &token])
    }

    /// Starts a server with these variables.
    #[must_use]
    pub fn with(variables: &[(&str, &str)]) -> Self {
        let set: Vec<String> =
            variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let flags: Vec<&str> = set.iter().flat_map(|set| ["--set", set.as_str()]).collect();
        Self::start_with(None, 0, &flags)
    }

    fn start_with(state: Option<&Path>, port: u16, flags: &[&str]) -> Self {
        Self::start_as(state, port, &[&["--bare"], flags].concat())
    }

    fn start_as(state: Option<&Path>, port: u16, flags: &[&str]) -> Self {
        let root = root();
        let mut command = Command::new(node());
        command.arg(root.join("tests/harness/server.mjs"));
        command.args(["--root".into(), root.into_os_string()]);
        command.args(["--port", &port.to_string()]).args(flags);
        let memory = Path::new("/dev/shm");
        match state {
            Some(state) => drop(command.arg("--state").arg(state)),
            // What nobody keeps need not wait for a disk, as every transaction does.
            None if memory.is_dir() => drop(command.env("TMPDIR", memory)),
            None => {}
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node starts");
        let input = child.stdin.take().expect("standard input is piped");
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut control = Control { child, input, output };
        let ready = control.read();
        assert_eq!(ready["ready"], json!(true), "the server did not start: {ready}");
        let pid = ready["workerd_pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
        Self {
            url: ready["url"].as_str().expect("a url").trim_end_matches('/').to_owned(),
            workerd_pid: pid.expect("a process id"),
            control: Mutex::new(control),
        }
    }

    /// The port of this server.
    #[must_use]
    pub fn port(&self) -> u16 {
        let port = self.url.rsplit(':').next().and_then(|port| port.parse().ok());
        port.expect("the url ends with a port")
    }

    /// Drops a room's object from memory, if it is there; its sockets hibernate.
    pub fn evict(&self, room: &str) {
        self.evict_object(&json!({ "cmd": "evict", "room": room }));
    }

    /// The same for the object of a user.
    pub fn evict_user(&self, user: &str) {
        self.evict_object(&json!({ "cmd": "evict", "user": user }));
    }

    fn evict_object(&self, command: &Value) {
        let answer = self.command(command);
        let was_gone = answer["error"].as_str().is_some_and(|why| why.contains("not currently"));
        assert!(was_gone || answer["ok"] == json!(true), "{answer}");
    }

    /// Runs one statement in D1.
    pub fn sql(&self, sql: &str) {
        let answer = self.command(&json!({ "cmd": "sql", "sql": sql }));
        assert_eq!(answer["ok"], json!(true), "{answer}");
    }

    /// Does what a deployment does from time to time.
    pub fn clock(&self) {
        let answer = self.command(&json!({ "cmd": "clock" }));
        assert_eq!(answer["ok"], json!(true), "{answer}");
    }

    /// Makes `n` accounts at once, each signed in for a day and without a password.
    #[must_use]
    pub fn people(&self, n: usize) -> Vec<Person> {
        let mut people: Vec<Person> = (0..n).map(|_| Person::stranger(&self.url)).collect();
        let accounts = people.iter().map(
            |person| json!({ "id": person.user, "name": person.name, "display_name": "A Person" }),
        );
        let accounts: Vec<Value> = accounts.collect();
        let answer = self.command(&json!({ "cmd": "people", "people": accounts }));
        let tokens = answer["tokens"].as_array().unwrap_or_else(|| panic!("{answer}"));
        for (person, token) in people.iter_mut().zip(tokens) {
            token.as_str().expect("a token").clone_into(&mut person.token);
        }
        people
    }

    /// A token of `person` that has expired.
    #[must_use]
    pub fn expired(&self, person: &Person) -> String {
        self.token(&json!({ "cmd": "token", "user": person.user, "seconds": -60 }))
    }

    /// Makes `person` an administrator; answers a token that says so.
    #[must_use]
    pub fn administrator(&self, person: &Person) -> String {
        self.sql(&format!("UPDATE user SET admin = 1 WHERE id = '{}'", person.user));
        self.signed_in(person, "read write manage account admin")
    }

    /// A token of `person` that opens what `scope` says.
    #[must_use]
    pub fn signed_in(&self, person: &Person, scope: &str) -> String {
        self.token(&json!({ "cmd": "token", "user": person.user, "seconds": 3600, "scope": scope }))
    }

    /// Ends workerd as a power cut would, and waits until it is gone.
    pub fn kill_9(self) {
        let pid = self.workerd_pid.to_string();
        let killed = Command::new("kill").args(["-9", &pid]).status().expect("kill runs");
        assert!(killed.success());
        let mut control = self.control.into_inner().expect("no test panicked with it");
        control.child.wait().expect("the server ends when workerd does");
    }
}

impl Server {
    fn token(&self, command: &Value) -> String {
        let answer = self.command(command);
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    fn command(&self, command: &Value) -> Value {
        let mut control = self.control.lock().expect("no test panicked with it");
        writeln!(control.input, "{command}").expect("it listens");
        control.read()
    }
}

impl Control {
    fn read(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the server says something");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line:?}"))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // Without standard input the server ends by itself; the wait is for its port.
        let _ = writeln!(self.input, "{}", json!({ "cmd": "stop" }));
        let _ = self.child.wait();
    }
}

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is in the repository").to_owned()
}

/// A Node that runs workerd's tools, as `cargo xtask test` names it.
#[must_use]
pub fn node() -> String {
    std::env::var("MARU_NODE").unwrap_or_else(|_| "node".to_owned())
}
