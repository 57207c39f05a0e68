//! `archive-job selftest`: whether the store keeps the promises that the archive is built on.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures::future::join_all;
use protocol::Timestamp;
use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::store::{Created, Store};
use crate::summary::Summary;

/// A store is trusted for so long.
const TRUST_MS: u64 = 24 * 60 * 60 * 1000;

const FOLDER: &str = "v1/selftest";

/// Writers that race for one name.
const RACERS: usize = 8;

/// The flags of `selftest`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs `selftest`.
///
/// # Errors
/// [`Failure::Configuration`] with the promise that the store breaks.
pub async fn run(context: &Context, _args: &Args) -> Result<Summary, Failure> {
    let store = context.store.name();
    if context.dry_run {
        let text = format!("would write, list and delete objects in {FOLDER} of {store}");
        return Ok(Summary::new("selftest", text, json!({ "store": store })));
    }
    test(&context.store, &name()?).await?;
    trust(context);
    let text = format!("{store} keeps all that it has to promise");
    Ok(Summary::new("selftest", text, json!({ "store": store, "ok": true })))
}

/// Tests the store before something is written to it, unless that was done within a day.
///
/// # Errors
/// As [`run`].
pub async fn ensure(context: &Context) -> Result<(), Failure> {
    let tested = trusted(context).get(context.store.name()).copied();
    let is_fresh = |at: Timestamp| context.now().ms_since(at) < TRUST_MS && at <= context.now();
    if tested.is_some_and(is_fresh) {
        return Ok(());
    }
    test(&context.store, &name()?).await?;
    trust(context);
    Ok(())
}

/// Tests the store in a folder of this name, which nobody else uses.
///
/// # Errors
/// As [`run`].
pub async fn test(store: &Store, name: &str) -> Result<(), Failure> {
    let folder = format!("{FOLDER}/{name}");
    let tested = promises(store, &folder).await;
    // What is left of it is in nobody's way; what was found is what matters.
    for left in store.list(&folder).await.unwrap_or_default() {
        let _ = store.delete(&left.path).await;
    }
    tested
}

async fn promises(store: &Store, folder: &str) -> Result<(), Failure> {
    let path = |name: &str| format!("{folder}/{name}");
    let (one, two) = (path("1"), path("2"));
    created(store, &one).await?;
    raced(store, &two).await?;
    let is = |bytes: &[u8], what: &[u8], promise| {
        if bytes == what { Ok(()) } else { Err(broken(store, promise)) }
    };
    let part = store.read_range(&one, 2..5).await?;
    is(&part, b"rst", "a range of an object can be read alone")?;
    let length = store.head(&one).await?.map(|listed| listed.bytes);
    if length != Some(5) {
        return Err(broken(store, "the length of an object is what was written"));
    }
    let names = |listed: Vec<crate::store::Listed>| -> Vec<String> {
        listed.into_iter().map(|listed| listed.path).collect()
    };
    if names(store.list(folder).await?) != [one.clone(), two.clone()] {
        return Err(broken(store, "a listing holds what was written, and nothing else"));
    }
    if names(store.list_after(folder, &one).await?) != [two.as_str()] {
        return Err(broken(store, "a listing can begin after a name"));
    }
    store.replace(&one, &b"again"[..]).await?;
    is(&store.read(&one).await?, b"again", "what was replaced is read as replaced")?;
    for path in [&one, &two] {
        store.delete(path).await?;
        if store.find(path).await?.is_some() {
            return Err(broken(store, "what was deleted cannot be read"));
        }
    }
    // A second time, as a job does that was killed in between.
    store.delete(&one).await?;
    if !store.list(folder).await?.is_empty() {
        return Err(broken(store, "what was deleted is not listed"));
    }
    Ok(())
}

/// An object is there once it is written, and is not written over by another creation.
async fn created(store: &Store, path: &str) -> Result<(), Failure> {
    let promise = "an object is created only if there is none of that name (If-None-Match: *)";
    if store.find(path).await?.is_some() {
        return Err(broken(store, "what was never written is not there"));
    }
    store.create(path, &b"first"[..]).await?;
    if *store.read(path).await? != *b"first" {
        return Err(broken(store, "what was written can be read at once"));
    }
    match store.create(path, &b"other"[..]).await {
        Ok(_) => return Err(broken(store, promise)),
        Err(Failure::Divergent { .. }) => {}
        Err(failure) => return Err(failure),
    }
    if *store.read(path).await? != *b"first" {
        return Err(broken(store, promise));
    }
    if store.create(path, &b"first"[..]).await? != Created::SameBytes {
        return Err(broken(store, promise));
    }
    Ok(())
}

/// Of many that create one object, one does.
async fn raced(store: &Store, path: &str) -> Result<(), Failure> {
    let race = (0..RACERS).map(|racer| store.create(path, format!("racer {racer}")));
    let mut winners = 0;
    for outcome in join_all(race).await {
        match outcome {
            Ok(_) => winners = usize::saturating_add(winners, 1),
            Err(Failure::Divergent { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    if winners == 1 {
        return Ok(());
    }
    Err(broken(store, "of many that create one object at the same time, one does"))
}

fn broken(store: &Store, promise: &str) -> Failure {
    let name = store.name();
    Failure::configuration(format!(
        "the store {name} breaks a promise that the archive is built on: {promise}; use another \
         store, or another version of its server"
    ))
}

fn name() -> Result<String, Failure> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::later(format!("there is no randomness: {error}")))?;
    Ok(format!("{:016x}", u64::from_be_bytes(random)))
}

/// When each store passed.
fn trusted(context: &Context) -> BTreeMap<String, Timestamp> {
    let bytes = std::fs::read(trust_file(context)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Remembers that the store passed. That it cannot only costs a test.
fn trust(context: &Context) {
    let mut trusted = trusted(context);
    trusted.insert(context.store.name().to_owned(), context.now());
    let file = trust_file(context);
    let written = serde_json::to_vec(&trusted).map_err(std::io::Error::from).and_then(|json| {
        std::fs::create_dir_all(&context.config.data)?;
        std::fs::write(&file, json)
    });
    if let Err(error) = written {
        tracing::warn!("cannot remember in {} that the store passed: {error}", file.display());
    }
}

fn trust_file(context: &Context) -> PathBuf {
    context.config.data.join("selftest.json")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::stream::BoxStream;
    use object_store::memory::InMemory;
    use object_store::path::Path;
    use object_store::{
        CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
        PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result as StoreResult,
    };

    use super::*;

    #[tokio::test]
    async fn good_stores_pass_and_nothing_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("file://{}", folder.path().display());
        let config = crate::config::Config { store, ..crate::config::Config::default() };
        for store in [Store::in_memory(), Store::open(&config).unwrap()] {
            test(&store, "x").await.unwrap();
            assert_eq!(store.list("v1").await.unwrap(), []);
        }
    }

    #[tokio::test]
    async fn a_store_that_creates_over_others_is_refused_with_the_promise() {
        let store = Store::of(Arc::new(Careless(InMemory::new())), "s3://careless");
        let failure = test(&store, "x").await.unwrap_err();
        assert_eq!(failure.exit_code(), 2);
        let text = failure.to_string();
        assert!(text.contains("s3://careless") && text.contains("If-None-Match"), "{text}");
        assert_eq!(store.list("v1").await.unwrap(), [], "it cleans up all the same");
    }

    /// As some servers do: it ignores the condition of a write.
    #[derive(Debug)]
    struct Careless(InMemory);

    impl std::fmt::Display for Careless {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "careless")
        }
    }

    #[async_trait::async_trait]
    impl ObjectStore for Careless {
        async fn put_opts(
            &self,
            path: &Path,
            payload: PutPayload,
            options: PutOptions,
        ) -> StoreResult<PutResult> {
            let options = PutOptions { mode: PutMode::Overwrite, ..options };
            self.0.put_opts(path, payload, options).await
        }

        async fn put_multipart_opts(
            &self,
            path: &Path,
            options: PutMultipartOptions,
        ) -> StoreResult<Box<dyn MultipartUpload>> {
            self.0.put_multipart_opts(path, options).await
        }

        async fn get_opts(&self, path: &Path, options: GetOptions) -> StoreResult<GetResult> {
            self.0.get_opts(path, options).await
        }

        fn delete_stream(
            &self,
            paths: BoxStream<'static, StoreResult<Path>>,
        ) -> BoxStream<'static, StoreResult<Path>> {
            self.0.delete_stream(paths)
        }

        fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
            self.0.list(prefix)
        }

        async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
            self.0.list_with_delimiter(prefix).await
        }

        async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
            self.0.copy_opts(from, to, options).await
        }
    }
}
