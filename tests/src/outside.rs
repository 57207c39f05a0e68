//! Somebody whom the Worker asks: answers what it was told to, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A server on a free port of this machine, for as long as the test runs.
#[derive(Clone)]
pub struct Outside {
    /// Where it answers, with a slash at the end.
    pub url: String,
    says: Arc<Mutex<(String, String)>>,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Outside {
    /// Starts one that answers 200 and an empty object.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let says = Arc::new(Mutex::new(("200 OK".to_owned(), "{}".to_owned())));
        let outside = Self { url, says, asked: Arc::default() };
        let serving = outside.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let outside = serving.clone();
                tokio::spawn(async move { drop(outside.serve(socket).await) });
            }
        });
        outside
    }

    /// Answers this from now on.
    pub fn says(&self, status: &str, text: &str) {
        *self.says.lock().unwrap() = (status.to_owned(), text.to_owned());
    }

    /// The heads of requests, and their bodies if they are JSON.
    #[must_use]
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.asked.lock().unwrap().clone()
    }

    /// Answers the requests of one connection.
    async fn serve(&self, socket: TcpStream) -> std::io::Result<()> {
        let mut socket = BufReader::new(socket);
        loop {
            let (mut head, mut length) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n") {
                let start = head.len();
                if socket.read_line(&mut head).await? == 0 {
                    return Ok(());
                }
                let line = head[start..].to_lowercase();
                if let Some(bytes) = line.strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            socket.read_exact(&mut body).await?;
            let body = serde_json::from_slice(&body).unwrap_or_default();
            self.asked.lock().unwrap().push((head, body));
            let (status, text) = self.says.lock().unwrap().clone();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 location: {}elsewhere\r\n\r\n{text}",
                text.len(),
                self.url,
            );
            socket.write_all(answer.as_bytes()).await?;
        }
    }
}
