//! Bare workerd with the contract's Worker and nothing else: a real object's database.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::eventually;
use crate::server::root;

/// A running workerd, ended by its own process id.
pub struct Workerd {
    /// Where it answers, with a slash at the end.
    pub url: String,
    child: Child,
    /// Its configuration and its data.
    _folder: TempDir,
}

impl Workerd {
    /// Starts one with an empty disk.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let build = root().join("tests/contract-worker/build");
        for name in ["index.js", "index_bg.wasm"] {
            let from = build.join(name);
            std::fs::copy(&from, folder.path().join(name))
                .unwrap_or_else(|_| panic!("{} is missing: cargo xtask build", from.display()));
        }
        let disk = folder.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        let config_path = folder.path().join("config.capnp");
        std::fs::write(&config_path, config(port, &disk.display().to_string())).unwrap();
        let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "64" };
        let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
        let workerd = format!("node_modules/@cloudflare/workerd-{system}-{arch}/bin/workerd");
        let mut command = Command::new(root().join(workerd));
        let child = command.arg("serve").arg(&config_path).stderr(Stdio::piped()).spawn().unwrap();
        let url = format!("http://127.0.0.1:{port}/");
        let mut workerd = Self { url, child, _folder: folder };
        workerd.answers().await;
        workerd
    }

    /// The answer to `path`.
    pub async fn ask(&self, path: &str) -> String {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{text}");
        text
    }

    async fn answers(&mut self) {
        let url = format!("{}healthz", self.url);
        eventually("workerd answers", async || {
            if let Ok(Some(_)) = self.child.try_wait() {
                let mut why = String::new();
                self.child.stderr.take().unwrap().read_to_string(&mut why).unwrap();
                panic!("workerd ended: {why}");
            }
            reqwest::get(&url).await.ok()
        })
        .await;
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bare workerd with the contract's Worker and nothing else.
fn config(port: u16, disk: &str) -> String {
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "disk", disk = (path = "{disk}", writable = true)) ],
  sockets = [ (name = "http", address = "127.0.0.1:{port}", http = (), service = "main") ] );
const main :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm") ],
  durableObjectNamespaces = [
    (className = "Contract", uniqueKey = "contract", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [ (name = "CONTRACT", durableObjectNamespace = "Contract") ] );
"#
    )
}
