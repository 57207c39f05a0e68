//! Looks at a server's memory from the side, and ends what takes too much.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::process::{kill_tree, resident_bytes};

/// Bytes after which a server is ended: it only queues.
const RESIDENT_BYTES_MAX: u64 = 6 << 30;

const EVERY: Duration = Duration::from_millis(500);

/// A look at a process, until it is dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    peak_bytes: AtomicU64,
    has_killed: AtomicBool,
    is_over: AtomicBool,
}

impl Watch {
    pub(crate) fn over(pid: u32) -> Self {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            while !theirs.is_over.load(Relaxed) {
                let bytes = resident_bytes(pid);
                theirs.peak_bytes.fetch_max(bytes, Relaxed);
                if bytes > RESIDENT_BYTES_MAX {
                    theirs.has_killed.store(true, Relaxed);
                    kill_tree(pid);
                }
                std::thread::park_timeout(EVERY);
            }
        });
        Self { shared, thread: Some(thread) }
    }

    /// The most memory that was seen.
    pub(crate) fn peak_bytes(&self) -> u64 {
        self.shared.peak_bytes.load(Relaxed)
    }

    /// Whether the process was ended because it took too much.
    pub(crate) fn has_killed(&self) -> bool {
        self.shared.has_killed.load(Relaxed)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
