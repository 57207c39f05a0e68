//! What is read from a stored log: pages of history, and what is unread.
#![allow(clippy::unwrap_used, reason = "a test may panic: that is how it reports")]

mod excerpt;
mod history;
mod said;
mod unread;
