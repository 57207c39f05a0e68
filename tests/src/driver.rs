//! The real client machine on a real socket: what the page does, in Rust.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use client::{Act, Client, Config, Effect, Input, Page, PageId, Saved};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use protocol::{RoomId, Timestamp};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::person::Person;
use crate::wire;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A client that runs by itself, and can be told and asked things.
#[derive(Clone)]
pub struct Driver(UnboundedSender<Event>);

/// What a driver does on its own task, with its client.
type Look = Box<dyn FnOnce(&Client) + Send>;

enum Event {
    /// An input, unless it is of a socket that was dropped.
    Input(u64, Input),
    /// A socket opened.
    Opened(u64, Box<SplitSink<Socket, Message>>),
    /// Somebody asks.
    Look(Look),
}

/// The generation of events that are of no socket.
const ALWAYS: u64 = u64::MAX;

impl Driver {
    /// Starts a client of `person` in `room`.
    #[must_use]
    pub fn start(person: Person, room: RoomId, saved: Option<Saved>) -> Self {
        let (sender, events) = unbounded_channel();
        let config = Config { user: person.user, device: person.device, seed: now().0 };
        let shell = Shell {
            client: Client::new(config, saved),
            person,
            room,
            sink: None,
            generation: 0,
            wake_at: None,
            sender: sender.clone(),
        };
        tokio::spawn(shell.run(events));
        let driver = Self(sender);
        driver.input(Input::Start);
        driver
    }

    /// Hands the client an input.
    pub fn input(&self, input: Input) {
        let _ = self.0.send(Event::Input(ALWAYS, input));
    }

    /// Writes a message.
    pub fn send(&self, body: impl Into<String>) {
        self.act(Act::text(body.into()));
    }

    /// Does something.
    pub fn act(&self, act: Act) {
        self.input(Input::Act(act));
    }

    /// Reads from the client.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Client) -> T + Send + 'static,
    ) -> T {
        let (answer, asked) = tokio::sync::oneshot::channel();
        let look = move |client: &Client| drop(answer.send(look(client)));
        let _ = self.0.send(Event::Look(Box::new(look)));
        asked.await.expect("the driver runs")
    }
}

struct Shell {
    client: Client,
    person: Person,
    room: RoomId,
    sink: Option<Box<SplitSink<Socket, Message>>>,
    /// Tells the current socket from those that were dropped.
    generation: u64,
    wake_at: Option<Timestamp>,
    sender: UnboundedSender<Event>,
}

impl Shell {
    async fn run(mut self, mut events: UnboundedReceiver<Event>) {
        loop {
            let event = match self.wake_at {
                None => events.recv().await,
                Some(at) => {
                    let rest = Duration::from_millis(at.ms_since(now()));
                    match tokio::time::timeout(rest, events.recv()).await {
                        Ok(event) => event,
                        Err(_) => {
                            self.wake_at = None;
                            Some(Event::Input(ALWAYS, Input::Woke))
                        }
                    }
                }
            };
            match event {
                None => return,
                Some(Event::Look(look)) => look(&self.client),
                Some(Event::Opened(generation, sink)) if generation == self.generation => {
                    self.sink = Some(sink);
                    self.input(Input::Opened).await;
                }
                Some(Event::Input(generation, input))
                    if generation == self.generation || generation == ALWAYS =>
                {
                    self.input(input).await;
                }
                Some(Event::Opened(..) | Event::Input(..)) => {}
            }
        }
    }

    async fn input(&mut self, input: Input) {
        for effect in self.client.handle(now(), input).0 {
            match effect {
                Effect::Open => self.open(),
                Effect::Transmit(frame) => {
                    if let Some(sink) = &mut self.sink {
                        // A socket that fails is reported by its other half.
                        let _ = sink.send(Message::text(frame)).await;
                    }
                }
                Effect::Close => {
                    self.generation += 1;
                    self.sink = None;
                }
                Effect::WakeAt(at) => self.wake_at = Some(at),
                Effect::Fetch { id, page, revision } => self.fetch(id, page, revision.get()),
                Effect::Persist(_) | Effect::Changed => {}
            }
        }
    }

    fn open(&mut self) {
        self.generation += 1;
        self.sink = None;
        let (generation, sender) = (self.generation, self.sender.clone());
        let request = wire::upgrade(&self.person, self.room);
        tokio::spawn(async move {
            match wire::open(request).await {
                Err(_) => drop(sender.send(Event::Input(generation, Input::Closed(1006)))),
                Ok(wire) => {
                    let (sink, stream) = wire.socket.split();
                    let _ = sender.send(Event::Opened(generation, Box::new(sink)));
                    let code = read(generation, stream, &sender).await;
                    let _ = sender.send(Event::Input(generation, Input::Closed(code)));
                }
            }
        });
    }

    fn fetch(&self, id: PageId, page: Page, revision: u64) {
        let (person, room, sender) = (self.person.clone(), self.room, self.sender.clone());
        tokio::spawn(async move {
            let input = match load(&person, room, page, revision).await {
                Some((text, more)) => Input::PageLoaded { id, text, more },
                None => Input::PageFailed { id },
            };
            let _ = sender.send(Event::Input(ALWAYS, input));
        });
    }
}

/// A page with its amendments, and whether a thread has older replies.
async fn load(person: &Person, room: RoomId, page: Page, revision: u64) -> Option<(String, bool)> {
    let query = match page {
        Page::Before { seq } => format!("before={}", seq.get()),
        Page::After { seq } => format!("after={}", seq.get()),
        Page::Around { seq } => format!("around={}", seq.get()),
        Page::Thread { root, before } => {
            let before = before.map(|seq| format!("?before={}", seq.get())).unwrap_or_default();
            let path = format!("rooms/{room}/threads/{}{before}", root.get());
            let answer = person.request(Method::GET, &path).send().await.ok()?;
            let more = answer.headers().get("maru-more").is_some_and(|more| more == "true");
            return Some((text_of(answer).await?, more));
        }
    };
    let path = format!("rooms/{room}/log?{query}&limit=50&revision={revision}");
    let lines = text_of(person.request(Method::GET, &path).send().await.ok()?).await?;
    let seq = |line: &str| serde_json::from_str::<Value>(line).ok()?["seq"].as_u64();
    let (from, to) = (seq(lines.lines().next()?)?, seq(lines.lines().last()?)?);
    let path = format!("rooms/{room}/amendments?from={from}&to={to}");
    let amendments = text_of(person.request(Method::GET, &path).send().await.ok()?).await?;
    Some((format!("{lines}\n{amendments}"), false))
}

async fn text_of(answer: Response) -> Option<String> {
    let answer = answer.error_for_status().ok()?;
    answer.text().await.ok()
}

/// Reports frames until the socket ends; answers its close code.
async fn read(
    generation: u64,
    mut stream: SplitStream<Socket>,
    sender: &UnboundedSender<Event>,
) -> u16 {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(frame) => {
                let input = Input::Received(frame.as_str().to_owned());
                let _ = sender.send(Event::Input(generation, input));
            }
            Message::Close(Some(close)) => return close.code.into(),
            Message::Close(None)
            | Message::Binary(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Frame(_) => {}
        }
    }
    1006
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp(u64::try_from(since.as_millis()).expect("before the year 500 million"))
}
