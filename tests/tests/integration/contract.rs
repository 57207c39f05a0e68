//! The storage contract over the database of a real Durable Object.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use integration_tests::eventually;
use integration_tests::server::root;

/// Bare workerd, ended by its own process id.
struct Workerd(Child);

impl Drop for Workerd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_real_object_keeps_the_storage_contract() {
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
    let config = config(port, &disk.display().to_string());
    let config_path = folder.path().join("config.capnp");
    std::fs::write(&config_path, config).unwrap();
    let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "64" };
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let workerd = format!("node_modules/@cloudflare/workerd-{system}-{arch}/bin/workerd");
    let child = Command::new(root().join(workerd))
        .arg("serve")
        .arg(&config_path)
        .stderr(Stdio::piped())
        .spawn();
    let mut workerd = Workerd(child.unwrap());
    let url = format!("http://127.0.0.1:{port}/");
    let answer = eventually("workerd answers", async || {
        if let Ok(Some(_)) = workerd.0.try_wait() {
            let mut why = String::new();
            workerd.0.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            panic!("workerd ended: {why}");
        }
        reqwest::get(&url).await.ok()
    })
    .await;
    let status = answer.status();
    let kept = answer.text().await.unwrap();
    assert_eq!(status, 200, "{kept}");
    let kept: Vec<String> = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept.len(), 22, "{kept:?}");

    let answer = reqwest::get(format!("{url}costs")).await.unwrap();
    let status = answer.status();
    let costs = answer.text().await.unwrap();
    assert_eq!(status, 200, "{costs}");
    println!("rows written: {costs}");
    let costs: Vec<(String, u64)> = serde_json::from_str(&costs).unwrap();
    let of = |name| costs.iter().find(|(act, _)| act == name).map(|(_, n_rows)| *n_rows);
    assert_eq!(of("message, again"), Some(1), "{costs:?}");
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
