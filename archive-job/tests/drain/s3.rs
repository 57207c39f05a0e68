//! A real S3 server for tests: `s3s` on a folder, made atomic, which can fail on purpose.
//!
//! It is a process of its own, so that it can be killed: this test binary once more, with only
//! the test [`serve`]. `s3s-fs` checks a condition and then writes; a lock for each key makes that
//! one step, as in a real store.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::dto::*;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse, S3, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;
use tokio::sync::OwnedMutexGuard;

use crate::archive::files;

/// The bucket that every server has.
pub const BUCKET: &str = "archive";
pub const ACCESS_KEY: &str = "AK";
pub const SECRET_KEY: &str = "SKSKSKSK";

/// Objects in a page of a listing.
const PAGE: usize = 1_000;

/// Says to the process that it is the server, and of which folder.
const FOLDER: &str = "S3_FIXTURE_FOLDER";
const PORT: &str = "S3_FIXTURE_PORT";

/// How a server fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Not at all.
    Well,
    /// Of four writes one is answered, one is done and answered 503, one is done and its answer
    /// never comes, and one takes long.
    Flaky,
    /// No write is done: there is no space, and it may be tried again.
    Full,
    /// No write is done: no more is allowed.
    Quota,
    /// Conditions of writes are not looked at.
    Careless,
}

/// A running server. It ends with this value, or with this process.
pub struct Server {
    /// Where it answers.
    pub url: String,
    /// Where its objects are.
    folder: PathBuf,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts a server that keeps its objects in `folder`, on `port` or a free one for zero.
    pub fn start(folder: &Path, port: u16) -> Self {
        std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["s3::serve", "--exact", "--nocapture"]);
        command.env(FOLDER, folder).env(PORT, port.to_string());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let folder = folder.to_owned();
        let mut server = Self { url: String::new(), folder, child, input, output };
        server.url = server.says("url ");
        server
    }

    /// Where the objects of the bucket are.
    pub fn objects(&self) -> PathBuf {
        self.folder.join(BUCKET)
    }

    /// Fails like this from now on. Answers how often it failed since it started.
    pub fn fail(&mut self, mode: Mode) -> u64 {
        writeln!(self.input, "{mode:?}").unwrap();
        self.says("failed ").parse().unwrap()
    }

    /// Ends it as a power cut would, and starts it again at the same place.
    pub fn kill_9(&mut self) {
        let port = self.url.rsplit(':').next().unwrap().parse().unwrap();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let again = Self::start(&self.folder, port);
        drop(std::mem::replace(self, again));
    }

    /// The rest of the next line that begins with `word`; the test harness says other things.
    fn says(&mut self, word: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the server ended");
            if let Some(at) = line.find(word) {
                return line[at + word.len()..].trim().to_owned();
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server of the other tests, which start it as a process; it serves until its standard input
/// ends. Without a folder there is nothing to do.
#[test]
fn serve() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let port: u16 = std::env::var(PORT).unwrap().parse().unwrap();
    let faults = Arc::new(Faults::default());
    let (listening, port_known) = std::sync::mpsc::channel();
    let serving = Arc::clone(&faults);
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(listen(&folder, port, serving, &listening));
    });
    say(&format!("url {}", port_known.recv().unwrap()));
    for line in std::io::stdin().lines() {
        let mode = match line.unwrap().as_str() {
            "Flaky" => Mode::Flaky,
            "Full" => Mode::Full,
            "Quota" => Mode::Quota,
            "Careless" => Mode::Careless,
            _ => Mode::Well,
        };
        faults.mode.store(mode as u8, Relaxed);
        say(&format!("failed {}", faults.failed.load(Relaxed)));
    }
}

/// Not `println!`, which the test harness may keep for itself.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "{line}").unwrap();
    output.flush().unwrap();
}

async fn listen(
    folder: &str,
    port: u16,
    faults: Arc<Faults>,
    listening: &std::sync::mpsc::Sender<String>,
) {
    let files = FileSystem::new(folder).unwrap();
    let folder = Path::new(folder).join(BUCKET);
    let locks = Mutex::default();
    let objects = Objects { files, folder, locks, faults: Arc::clone(&faults) };
    let mut builder = S3ServiceBuilder::new(objects);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let s3 = builder.build();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    listening.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
    loop {
        let (connection, _) = listener.accept().await.unwrap();
        let (s3, faults) = (s3.clone(), Arc::clone(&faults));
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(s3.clone(), Arc::clone(&faults), request));
            let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
            // A connection that ends early is what some tests ask for.
            let _ = server.serve_connection(TokioIo::new(connection), answer).await;
        });
    }
}

/// How the server fails now, and how often it did.
#[derive(Default)]
struct Faults {
    mode: AtomicU8,
    writes: AtomicU64,
    failed: AtomicU64,
}

async fn answer(
    s3: S3Service,
    faults: Arc<Faults>,
    request: Request<Incoming>,
) -> Result<HttpResponse, Box<dyn Error + Send + Sync>> {
    let is_write = request.method() == Method::PUT;
    let request = request.map(Body::from);
    let mode = faults.mode.load(Relaxed);
    if !is_write || [Mode::Well, Mode::Careless].map(|mode| mode as u8).contains(&mode) {
        return Ok(s3.call(request).await.map_err(|error| format!("{error:?}"))?);
    }
    if mode == Mode::Full as u8 {
        faults.failed.fetch_add(1, Relaxed);
        return Ok(refusal(StatusCode::INSUFFICIENT_STORAGE, "QuotaExceeded"));
    }
    if mode == Mode::Quota as u8 {
        faults.failed.fetch_add(1, Relaxed);
        return Ok(refusal(StatusCode::FORBIDDEN, "QuotaExceeded"));
    }
    let turn = faults.writes.fetch_add(1, Relaxed) % 4;
    if turn == 2 {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let done = s3.call(request).await.map_err(|error| format!("{error:?}"))?;
    if turn != 3 {
        faults.failed.fetch_add(1, Relaxed);
    }
    match turn {
        0 => Ok(refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
        1 => Err("this answer never comes".into()),
        _ => Ok(done),
    }
}

fn refusal(status: StatusCode, code: &str) -> HttpResponse {
    let xml = format!("<Error><Code>{code}</Code><Message>on purpose</Message></Error>");
    let mut response = Response::new(Body::from(xml));
    *response.status_mut() = status;
    response
}

/// Objects in a folder, with a lock for each key.
struct Objects {
    files: FileSystem,
    /// Where they are.
    folder: PathBuf,
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    faults: Arc<Faults>,
}

impl Objects {
    async fn lock(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = Arc::clone(self.locks.lock().unwrap().entry(key.to_owned()).or_default());
        lock.lock_owned().await
    }
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let _lock = self.lock(&request.input.key).await;
        if request.input.bucket != BUCKET {
            return Err(s3_error!(NoSuchBucket));
        }
        let mut request = request;
        if self.faults.mode.load(Relaxed) == Mode::Careless as u8 {
            request.input.if_none_match = None;
        }
        self.files.put_object(request).await
    }

    async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let _lock = self.lock(&request.input.key).await;
        self.files.get_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let _lock = self.lock(&request.input.key).await;
        self.files.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.files.delete_objects(request).await
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let _lock = self.lock(&request.input.key).await;
        self.files.copy_object(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        // A folder is no object.
        self.files.head_object(request).await.map_err(|error| match error.code() {
            S3ErrorCode::InternalError => s3_error!(NoSuchKey),
            _ => error,
        })
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        if request.input.delimiter.is_some() || request.input.bucket != BUCKET {
            return self.files.list_objects_v2(request).await;
        }
        let ListObjectsV2Input { prefix, start_after, continuation_token, .. } = request.input;
        let after = continuation_token.or(start_after).unwrap_or_default();
        let mut found = self.below(&prefix.unwrap_or_default());
        found.retain(|object| object.key > Some(after.clone()));
        let is_truncated = Some(found.len() > PAGE);
        found.truncate(PAGE);
        let next = found.last().and_then(|object| object.key.clone());
        let next_continuation_token = next.filter(|_| is_truncated == Some(true));
        let contents = Some(found);
        let page = ListObjectsV2Output {
            contents,
            is_truncated,
            next_continuation_token,
            ..Default::default()
        };
        Ok(S3Response::new(page))
    }
}

impl Objects {
    /// The objects whose names begin with a prefix, sorted. Only its folder is looked through, not
    /// the whole bucket, which jobs would wait for most of the time.
    fn below(&self, prefix: &str) -> Vec<Object> {
        let folder = self.folder.join(prefix.rsplit_once('/').map_or("", |(folder, _)| folder));
        let object = |path: PathBuf| {
            let key = path.strip_prefix(&self.folder).ok()?.to_str()?.to_owned();
            // What is being written is none; and any may be gone by now.
            let is_object = key.starts_with(prefix) && !key.ends_with(".internal.part");
            let metadata = std::fs::metadata(&path).ok().filter(|_| is_object)?;
            let last_modified = metadata.modified().ok().map(Timestamp::from);
            let size = i64::try_from(metadata.len()).ok();
            Some(Object { key: Some(key), last_modified, size, ..Object::default() })
        };
        let mut found: Vec<Object> = files(&folder).into_iter().filter_map(object).collect();
        found.sort_by(|left, right| left.key.cmp(&right.key));
        found
    }
}
