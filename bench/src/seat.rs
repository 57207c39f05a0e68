//! One member's socket, which never blocks: connected, upgraded, greeted, then heard.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::{ClientHandshake, Request, Response};
use tokio_tungstenite::tungstenite::handshake::{HandshakeError, MidHandshake};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Error, Message, WebSocket};

use crate::dialect::{Dialect, Heard};
use crate::stream::Stream;

/// Bytes read at once. The library clears them before each read, so more is slower.
const READ_BYTES: usize = 16 * 1024;

type Handshake = ClientHandshake<Stream>;

/// A member who connects, or is connected.
pub(crate) struct Seat {
    dialect: Box<dyn Dialect>,
    stage: Stage,
    is_ready: bool,
}

enum Stage {
    Away,
    Connecting(TcpStream, Request),
    Upgrading(MidHandshake<Handshake>),
    Open(Box<WebSocket<Stream>>),
}

impl Seat {
    pub(crate) fn new(dialect: Box<dyn Dialect>) -> Self {
        Self { dialect, stage: Stage::Away, is_ready: false }
    }

    /// Begins to connect; events with `token` say when to go on.
    pub(crate) fn connect(
        &mut self,
        address: SocketAddr,
        registry: &Registry,
        token: Token,
    ) -> Result<()> {
        let request = request(address, self.dialect.as_ref())?;
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        self.is_ready = false;
        self.stage = Stage::Connecting(stream, request);
        Ok(())
    }

    /// Cuts the connection, without a word.
    pub(crate) fn leave(&mut self) {
        self.stage = Stage::Away;
        self.is_ready = false;
    }

    /// Whether the member hears everything.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// Whether there is a connection, or one begins.
    pub(crate) fn is_here(&self) -> bool {
        !matches!(self.stage, Stage::Away)
    }

    /// Does what can be done now; `hear` is given every message that came.
    pub(crate) fn go_on(&mut self, mut hear: impl FnMut(&[u8])) -> Result<()> {
        if !matches!(self.stage, Stage::Open(_)) {
            self.advance()?;
        }
        let Stage::Open(socket) = &mut self.stage else { return Ok(()) };
        socket.get_mut().wake();
        unless_it_blocks(socket.flush())?;
        loop {
            let message = match socket.read() {
                Ok(message) => message,
                Err(error) => return unless_it_blocks(Err(error)),
            };
            let heard = match &message {
                Message::Text(text) => text.as_bytes(),
                Message::Binary(bytes) => bytes.as_ref(),
                Message::Close(close) => bail!("the server ended a session: {close:?}"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => continue,
            };
            hear(heard);
            let Heard { answers, ready } = self.dialect.heard(heard)?;
            self.is_ready |= ready;
            for answer in answers {
                unless_it_blocks(socket.send(answer))?;
            }
        }
    }

    /// Says something, or as much of it as can be written now.
    pub(crate) fn say(&mut self, body: &str) -> Result<()> {
        let Stage::Open(socket) = &mut self.stage else { bail!("not connected") };
        unless_it_blocks(socket.send(self.dialect.say(body)))
    }

    fn advance(&mut self) -> Result<()> {
        let result = match std::mem::replace(&mut self.stage, Stage::Away) {
            Stage::Away => return Ok(()),
            Stage::Connecting(stream, request) => {
                if let Some(error) = stream.take_error()? {
                    return Err(error).context("cannot connect");
                }
                if stream.peer_addr().is_err() {
                    self.stage = Stage::Connecting(stream, request);
                    return Ok(());
                }
                stream.set_nodelay(true)?;
                ClientHandshake::start(Stream::new(stream), request, Some(config()))?.handshake()
            }
            Stage::Upgrading(mut handshake) => {
                handshake.get_mut().get_mut().wake();
                handshake.handshake()
            }
            Stage::Open(socket) => {
                self.stage = Stage::Open(socket);
                return Ok(());
            }
        };
        match result {
            Ok((socket, _)) => self.greet(socket),
            Err(HandshakeError::Interrupted(handshake)) => {
                self.stage = Stage::Upgrading(handshake);
                Ok(())
            }
            Err(HandshakeError::Failure(Error::Http(answer))) => bail!(refusal(&answer)),
            Err(HandshakeError::Failure(error)) => Err(error).context("cannot upgrade"),
        }
    }

    fn greet(&mut self, mut socket: WebSocket<Stream>) -> Result<()> {
        let Heard { answers, ready } = self.dialect.greet();
        self.is_ready |= ready;
        for answer in answers {
            unless_it_blocks(socket.send(answer))?;
        }
        self.stage = Stage::Open(Box::new(socket));
        Ok(())
    }
}

fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .write_buffer_size(0)
        .max_message_size(None)
        .max_frame_size(None)
}

fn request(address: SocketAddr, dialect: &dyn Dialect) -> Result<Request> {
    let upgrade = dialect.upgrade();
    let uri = format!("ws://{address}{}", upgrade.path).parse()?;
    let mut request = ClientRequestBuilder::new(uri);
    for (name, value) in upgrade.headers {
        request = request.with_header(name, value);
    }
    for protocol in upgrade.protocols {
        request = request.with_sub_protocol(protocol);
    }
    Ok(request.into_client_request()?)
}

fn refusal(answer: &Response) -> String {
    let body = answer.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    format!("the upgrade is answered with {}: {body}", answer.status())
}

fn unless_it_blocks(result: Result<(), Error>) -> Result<()> {
    match result {
        Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        other => Ok(other?),
    }
}
