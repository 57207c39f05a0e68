# Bare workerd with the peers `demo` and `demo-durable`; the command line names the address and the disk.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "disk", disk = (writable = true))],
  sockets = [(name = "http", http = (), service = "main")],
);

const main :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [(name = "demo.mjs", esModule = embed "demo.mjs")],
  durableObjectNamespaces = [
    (className = "Room", uniqueKey = "room", enableSql = true),
    (className = "DurableRoom", uniqueKey = "durable-room", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "ROOMS", durableObjectNamespace = "Room"),
    (name = "DURABLE_ROOMS", durableObjectNamespace = "DurableRoom") ],
);
