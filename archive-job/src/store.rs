//! The object store, with the few operations that the archive needs.

use std::fmt;
use std::ops::Range;
use std::path::Path as Folder;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::limit::LimitStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientOptions, Error, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload,
};
use protocol::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::config::Config;
use crate::disk;
use crate::failure::Failure;
use crate::layout;
use crate::metrics::{Metrics, Request, Seconds};

/// The object store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<dyn ObjectStore>,
    name: Arc<str>,
    seconds: Option<Seconds>,
}

/// What a creation found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Created {
    /// Nothing; the object is new.
    New,
    /// The same bytes: an earlier try, or an earlier run, had made it.
    SameBytes,
}

/// An object in a listing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listed {
    /// Its name.
    pub path: String,
    /// How long it is.
    pub bytes: u64,
    /// When it was written, by the store's clock.
    pub modified: Timestamp,
}

impl Store {
    /// The store that is configured.
    ///
    /// # Errors
    /// [`Failure::Configuration`] if it cannot be opened.
    pub fn open(config: &Config) -> Result<Self, Failure> {
        let inner: Arc<dyn ObjectStore> = match config.store.strip_prefix("file://") {
            Some(folder) => Arc::new(LimitStore::new(local(folder)?, config.concurrency)),
            None => Arc::new(LimitStore::new(s3(config)?, config.concurrency)),
        };
        Ok(Self::of(inner, &config.store))
    }

    /// Any store; for tests, and for what wraps one.
    #[must_use]
    pub fn of(inner: Arc<dyn ObjectStore>, name: &str) -> Self {
        Self { inner, name: name.into(), seconds: None }
    }

    /// The same, whose requests are counted.
    #[must_use]
    pub fn counted(self, metrics: &Metrics) -> Self {
        Self { seconds: Some(metrics.store_seconds.clone()), ..self }
    }

    /// A store that is gone with the process.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::of(Arc::new(InMemory::new()), "memory")
    }

    /// What it is called: its URL.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Creates an object. If there is one already, its bytes decide: a reply that was lost makes
    /// an own write look like somebody else's.
    ///
    /// # Errors
    /// [`Failure::Divergent`] if it holds other bytes.
    pub async fn create(&self, path: &str, bytes: impl Into<Bytes>) -> Result<Created, Failure> {
        let bytes = bytes.into();
        let payload = PutPayload::from_bytes(bytes.clone());
        let path_there = Path::from(path);
        let put = self.inner.put_opts(&path_there, payload, PutMode::Create.into());
        let put = self.timed("create", put).await;
        match put {
            Ok(_) => Ok(Created::New),
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                if self.read(path).await? == bytes {
                    Ok(Created::SameBytes)
                } else {
                    Err(Failure::Divergent { path: path.to_owned() })
                }
            }
            Err(error) => Err(self.failure("write", path, &error)),
        }
    }

    /// Writes an object, whether or not there is one.
    ///
    /// # Errors
    /// If the store does not take it.
    pub async fn replace(&self, path: &str, bytes: impl Into<Bytes>) -> Result<(), Failure> {
        let payload = PutPayload::from_bytes(bytes.into());
        let put = self.timed("replace", self.inner.put(&Path::from(path), payload)).await;
        put.map(|_| ()).map_err(|error| self.failure("write", path, &error))
    }

    /// An object's bytes.
    ///
    /// # Errors
    /// [`Failure::Missing`] if there is none.
    pub async fn read(&self, path: &str) -> Result<Bytes, Failure> {
        self.find(path).await?.ok_or_else(|| Failure::Missing { path: path.to_owned() })
    }

    /// An object's bytes; `None` if there is none.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn find(&self, path: &str) -> Result<Option<Bytes>, Failure> {
        let read = async { self.inner.get(&Path::from(path)).await?.bytes().await };
        self.optional("read", path, self.timed("read", read).await)
    }

    /// Some of an object's bytes.
    ///
    /// # Errors
    /// [`Failure::Missing`] if there is none.
    pub async fn read_range(&self, path: &str, range: Range<u64>) -> Result<Bytes, Failure> {
        let read = self.timed("read", self.inner.get_range(&Path::from(path), range)).await;
        let found = self.optional("read", path, read)?;
        found.ok_or_else(|| Failure::Missing { path: path.to_owned() })
    }

    /// How long an object is and since when; `None` if there is none.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn head(&self, path: &str) -> Result<Option<Listed>, Failure> {
        let head = self.timed("look", self.inner.head(&Path::from(path))).await;
        Ok(self.optional("look at", path, head)?.map(listed))
    }

    /// All objects in a folder and those below, in the order of their names.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn list(&self, folder: &str) -> Result<Vec<Listed>, Failure> {
        let found = self.inner.list(Some(&Path::from(folder))).map_ok(listed).try_collect();
        self.sorted(folder, self.timed("list", found).await)
    }

    /// As [`Store::list`], only those whose names come after `offset`.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn list_after(&self, folder: &str, offset: &str) -> Result<Vec<Listed>, Failure> {
        let (folder_path, offset) = (Path::from(folder), Path::from(offset));
        let found = self.inner.list_with_offset(Some(&folder_path), &offset);
        let found = found.map_ok(listed).try_collect();
        self.sorted(folder, self.timed("list", found).await)
    }

    /// Deletes an object; that there was none is as good.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn delete(&self, path: &str) -> Result<(), Failure> {
        let delete = self.timed("delete", self.inner.delete(&Path::from(path))).await;
        self.optional("delete", path, delete).map(|_| ())
    }

    /// Moves an object out of the way, for people to look at. Answers where it is now.
    ///
    /// # Errors
    /// [`Failure::Missing`] if there is none.
    pub async fn quarantine(&self, path: &str) -> Result<String, Failure> {
        let to = layout::quarantine(path);
        let bytes = self.read(path).await?;
        self.replace(&to, bytes).await?;
        self.delete(path).await?;
        Ok(to)
    }

    /// Counts how long a request takes.
    async fn timed<T>(
        &self,
        op: &'static str,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> object_store::Result<T> {
        let begun = Instant::now();
        let done = request.await;
        if let Some(seconds) = &self.seconds {
            let outcome = match &done {
                Ok(_) => "done",
                Err(Error::NotFound { .. }) => "absent",
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => "exists",
                Err(_) => "failed",
            };
            let took = begun.elapsed().as_secs_f64();
            seconds.get_or_create(&Request { op, outcome }).observe(took);
        }
        done
    }

    fn sorted(
        &self,
        folder: &str,
        found: object_store::Result<Vec<Listed>>,
    ) -> Result<Vec<Listed>, Failure> {
        let mut found = self.optional("list", folder, found)?.unwrap_or_default();
        found.sort_unstable_by(|left, right| left.path.cmp(&right.path));
        Ok(found)
    }

    fn optional<T>(
        &self,
        act: &str,
        path: &str,
        result: object_store::Result<T>,
    ) -> Result<Option<T>, Failure> {
        match result {
            Ok(value) => Ok(Some(value)),
            // A bucket that is missing is no object that is missing.
            Err(error @ Error::NotFound { .. }) if all_text(&error).contains("NoSuchBucket") => {
                Err(self.failure(act, path, &error))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failure(act, path, &error)),
        }
    }

    /// What a store's error means to people.
    fn failure(&self, act: &str, path: &str, error: &Error) -> Failure {
        let (name, text) = (self.name(), all_text(error));
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let cannot = format!("cannot {act} {path} in the store {name}");
        if has(&["NoSuchBucket"]) {
            return Failure::configuration(format!(
                "{cannot}: there is no such bucket; make it, or correct `store`"
            ));
        }
        if has(&["http://169.254.169.254", "http://169.254.170.2"]) {
            return Failure::configuration(format!(
                "{cannot}: there are no credentials; set `store_access_key` and `store_secret_key`"
            ));
        }
        if has(&["InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"])
            || matches!(error, Error::Unauthenticated { .. })
        {
            return Failure::configuration(format!(
                "{cannot}: the credentials are wrong; check `store_access_key`, \
                 `store_secret_key` and `store_region`"
            ));
        }
        // Some stores forbid what they have no room for.
        if disk::is_full(&text) {
            return Failure::later(format!("{cannot}: it is full; make room and run again"));
        }
        if matches!(error, Error::PermissionDenied { .. })
            || has(&["AccessDenied", "Permission denied"])
        {
            return Failure::configuration(format!(
                "{cannot}: it is not allowed; the job reads, writes, lists and deletes"
            ));
        }
        if has(&["Connection refused", "dns error", "error sending request", "timed out"]) {
            return Failure::later(format!(
                "{cannot}: it cannot be reached; check `store_endpoint` and the network ({text})"
            ));
        }
        Failure::later(format!("{cannot}: {text}"))
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.name)
    }
}

/// SHA-256 in lower-case hexadecimal, as manifests have it.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    use fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn local(folder: &str) -> Result<LocalFileSystem, Failure> {
    let wrong = |error: &dyn fmt::Display| {
        Failure::configuration(format!("the store file://{folder} cannot be used: {error}"))
    };
    std::fs::create_dir_all(Folder::new(folder)).map_err(|error| wrong(&error))?;
    let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| wrong(&error))?;
    // Rooms trim what was acknowledged, so an object must survive a loss of power.
    Ok(store.with_fsync(true).with_automatic_cleanup(true))
}

fn s3(config: &Config) -> Result<PrefixStore<AmazonS3>, Failure> {
    let store = s3_builder(config).build().map_err(|error| {
        Failure::configuration(format!("the store {} cannot be used: {error}", config.store))
    })?;
    Ok(PrefixStore::new(store, s3_place(config).1))
}

fn s3_builder(config: &Config) -> AmazonS3Builder {
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(s3_place(config).0)
        .with_region(&config.store_region)
        .with_virtual_hosted_style_request(false);
    if let Some(endpoint) = &config.store_endpoint {
        let options = ClientOptions::new().with_allow_http(endpoint.starts_with("http://"));
        builder = builder.with_endpoint(endpoint).with_client_options(options);
    }
    if let (Some(key), Some(secret)) = (&config.store_access_key, &config.store_secret_key) {
        builder = builder.with_access_key_id(key).with_secret_access_key(secret.reveal());
    }
    builder
}

/// Bucket and prefix.
fn s3_place(config: &Config) -> (&str, &str) {
    let place = config.store.strip_prefix("s3://").unwrap_or(&config.store);
    place.split_once('/').unwrap_or((place, ""))
}

fn listed(meta: ObjectMeta) -> Listed {
    let modified = u64::try_from(meta.last_modified.timestamp_millis()).unwrap_or(0);
    Listed { path: meta.location.into(), bytes: meta.size, modified: Timestamp(modified) }
}

/// An error and its causes.
fn all_text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stores() -> (tempfile::TempDir, [Store; 2]) {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("file://{}", folder.path().display());
        let local = Store::open(&Config { store, ..Config::default() }).unwrap();
        (folder, [Store::in_memory(), local])
    }

    #[tokio::test]
    async fn an_object_is_created_once_and_its_bytes_decide() {
        let (_folder, stores) = stores();
        for store in stores {
            assert_eq!(store.create("a/b", "one").await.unwrap(), Created::New);
            assert_eq!(store.create("a/b", "one").await.unwrap(), Created::SameBytes);
            let other = store.create("a/b", "two").await.unwrap_err();
            assert!(matches!(&other, Failure::Divergent { path } if path == "a/b"), "{other}");
            assert_eq!(store.read("a/b").await.unwrap(), "one");
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_told_apart_from_what_fails() {
        let (_folder, stores) = stores();
        for store in stores {
            assert_eq!(store.find("none").await.unwrap(), None);
            assert_eq!(store.head("none").await.unwrap(), None);
            assert_eq!(store.list("none").await.unwrap(), []);
            store.delete("none").await.unwrap();
            let missing = store.read("none").await.unwrap_err();
            assert_eq!(missing.exit_code(), 42, "{missing}");
        }
    }

    #[tokio::test]
    async fn listings_are_sorted_and_go_on_after_a_name() {
        let (_folder, stores) = stores();
        for store in stores {
            for path in ["x/3", "x/1", "x/2/a", "y/1"] {
                store.replace(path, "…").await.unwrap();
            }
            let names = |listed: Vec<Listed>| -> Vec<String> {
                listed.into_iter().map(|listed| listed.path).collect()
            };
            assert_eq!(names(store.list("x").await.unwrap()), ["x/1", "x/2/a", "x/3"]);
            assert_eq!(names(store.list_after("x", "x/1").await.unwrap()), ["x/2/a", "x/3"]);
        }
    }

    #[tokio::test]
    async fn what_is_put_into_quarantine_keeps_its_name_and_bytes() {
        let (_folder, stores) = stores();
        for store in stores {
            store.create("v1/l0/a", "bad").await.unwrap();
            assert_eq!(store.quarantine("v1/l0/a").await.unwrap(), "v1/quarantine/v1/l0/a");
            assert_eq!(store.find("v1/l0/a").await.unwrap(), None);
            assert_eq!(store.read("v1/quarantine/v1/l0/a").await.unwrap(), "bad");
        }
    }

    #[tokio::test]
    async fn a_store_that_cannot_be_reached_is_told_as_that() {
        let config = Config {
            store: "s3://bucket/prefix".to_owned(),
            // Nobody listens at the discard port.
            store_endpoint: Some("http://127.0.0.1:9".to_owned()),
            store_access_key: Some("key".to_owned()),
            store_secret_key: Some(crate::config::Secret::new("secret")),
            ..Config::default()
        };
        let impatient = object_store::RetryConfig { max_retries: 0, ..Default::default() };
        let s3 = s3_builder(&config).with_retry(impatient).build().unwrap();
        let failure = Store::of(Arc::new(s3), "s3://bucket").read("a").await.unwrap_err();
        assert_eq!(failure.exit_code(), 1);
        assert!(failure.to_string().contains("it cannot be reached"), "{failure}");
    }

    #[tokio::test]
    async fn requests_are_counted_by_what_came_of_them() {
        let metrics = Metrics::new();
        let store = Store::in_memory().counted(&metrics);
        store.create("a", "one").await.unwrap();
        store.create("a", "one").await.unwrap();
        assert_eq!(store.clone().find("none").await.unwrap(), None);
        store.list("").await.unwrap();
        let text = metrics.text();
        for (op, outcome) in
            [("create", "done"), ("create", "exists"), ("read", "absent"), ("list", "done")]
        {
            let labels = format!("{{op=\"{op}\",outcome=\"{outcome}\"}}");
            let sample = format!("archive_store_request_seconds_count{labels} 1\n");
            assert!(text.contains(&sample), "{sample}{text}");
        }
    }
}
