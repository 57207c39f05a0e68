//! A stream that knows when there is nothing more to read, and then asks the system no more.

use std::io::{ErrorKind, Read, Result, Write};

use mio::net::TcpStream;

/// A non-blocking stream that is told of events by edges.
///
/// A read that does not fill its buffer has emptied the socket; what comes later is a new event.
/// Reading on just to hear so would double the calls of a generator that reads short frames.
#[derive(Debug)]
pub(crate) struct Stream {
    inner: TcpStream,
    is_empty: bool,
}

impl Stream {
    pub(crate) fn new(inner: TcpStream) -> Self {
        Self { inner, is_empty: false }
    }

    /// An event came: there may be something again.
    pub(crate) fn wake(&mut self) {
        self.is_empty = false;
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.is_empty {
            return Err(ErrorKind::WouldBlock.into());
        }
        let n = self.inner.read(buffer)?;
        // Nothing at all is the end of the stream, which is to be heard again.
        self.is_empty = n > 0 && n < buffer.len();
        Ok(n)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_read_is_the_last_until_the_next_event() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        let mut stream = Stream::new(stream);
        let mut buffer = [0; 4];
        let mut read = |stream: &mut Stream| loop {
            match stream.read(&mut buffer) {
                // The bytes may still be on their way, and only then the system is asked.
                Err(error) if error.kind() == ErrorKind::WouldBlock && !stream.is_empty => {}
                result => return result.map_err(|error| error.kind()),
            }
        };
        other.write_all(b"12345").unwrap();
        assert_eq!(read(&mut stream), Ok(4));
        assert_eq!(read(&mut stream), Ok(1));
        other.write_all(b"6").unwrap();
        assert_eq!(read(&mut stream), Err(ErrorKind::WouldBlock));
        stream.wake();
        assert_eq!(read(&mut stream), Ok(1));
        drop(other);
        stream.wake();
        assert_eq!(read(&mut stream), Ok(0));
        assert_eq!(read(&mut stream), Ok(0));
    }
}
