//! Whether the generator is fast enough: how much it takes in when somebody just pours.

use std::io::{Cursor, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use anyhow::Result;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use crate::dialect::{Dialect, Heard, Upgrade};
use crate::generator::{Generator, now, own_cpu_seconds};
use crate::marker::Marker;
use crate::process::Process;
use crate::results::Itself;
use crate::system::{Running, Size};

const N_SOCKETS: usize = 100;

/// Of each frame, as in a room of 1,000 in which everybody talks.
const N_LINES: usize = 100;

const N_FRAMES: u32 = 400;

/// Beside the body, as Maru writes it.
const LINE: &str = r#"{"t":"message","seq":123456,"at":1795378316309,"by":"0123456789abcdef0123456789","device":"0123456789abcdef0123456789","nonce":1234,"body":""#;

/// Pours frames into a crowd from another thread.
pub(crate) fn measure() -> Result<Itself> {
    let size = Size { rooms: 1, members: N_SOCKETS };
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let (go, gone) = std::sync::mpsc::channel();
    let pouring = std::thread::spawn(move || -> Result<usize> {
        let mut sockets = Vec::new();
        for _ in 0..N_SOCKETS {
            sockets.push(accept(listener.accept()?.0)?);
        }
        let poured = frames()?;
        gone.recv()?;
        pour(sockets.iter_mut().map(WebSocket::get_mut).collect(), &poured)?;
        // Whoever closes a socket ends a session, so nobody does before all has been heard.
        gone.recv()?;
        Ok(poured.len() * N_SOCKETS)
    });
    let seats = (0..N_SOCKETS).map(|_| Box::new(Listener) as Box<dyn Dialect>).collect();
    // Nothing else is measured, so any process will do.
    let process = Process::spawn(&mut Command::new("true"))?;
    let mut generator = Generator::connect(&mut Running { address, process, seats }, size)?;
    let expected = u64::from(N_FRAMES) * (N_LINES * N_SOCKETS) as u64;
    let (started, before) = (now(), own_cpu_seconds());
    go.send(())?;
    while generator.tally.delivered < expected && generator.n_lost == 0 {
        generator.turn(std::time::Duration::from_millis(100))?;
    }
    let (seconds, cpu_seconds) = (started.elapsed().as_secs_f64(), own_cpu_seconds() - before);
    go.send(())?;
    let megabytes = pouring.join().expect("it does not panic")? as f64 / 1e6;
    let is_whole = generator.n_lost == 0 && generator.tally.is_one_order();
    anyhow::ensure!(is_whole, "the generator lost something: {:?}", generator.first_loss);
    let itself = Itself {
        poured_mb: megabytes / seconds,
        scanned_mb: megabytes / cpu_seconds,
        scanned_deliveries: expected as f64 / cpu_seconds,
    };
    println!("{}\n", itself.sentence());
    Ok(itself)
}

/// Everything that one socket is sent.
fn frames() -> Result<Vec<u8>> {
    let mut encoder = WebSocket::from_raw_socket(Cursor::new(Vec::new()), Role::Server, None);
    for n in 1..=N_FRAMES {
        let line = |sender| format!("{LINE}{}\"}}", Marker { sender, n, sent_us: 0 }.body());
        let lines: Vec<String> = (0..N_LINES).map(line).collect();
        encoder.send(Message::text(lines.join("\n")))?;
    }
    Ok(encoder.get_ref().get_ref().clone())
}

/// A piece for each in turn, as a server would.
fn pour(mut streams: Vec<&mut TcpStream>, bytes: &[u8]) -> Result<()> {
    for piece in bytes.chunks(64 * 1024) {
        for stream in &mut streams {
            stream.write_all(piece)?;
        }
    }
    Ok(())
}

/// Somebody who only listens.
struct Listener;

impl Dialect for Listener {
    fn upgrade(&self) -> Upgrade {
        Upgrade { path: "/".to_owned(), ..Upgrade::default() }
    }

    fn greet(&mut self) -> Heard {
        Heard::ready()
    }

    fn heard(&mut self, _: &[u8]) -> Result<Heard> {
        Ok(Heard::nothing())
    }

    fn say(&mut self, body: &str) -> Message {
        Message::text(body)
    }
}
