# Bare workerd with the peer `partyserver`; the command line names the address and the disk.
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "disk", disk = (writable = true))],
  sockets = [(name = "http", http = (), service = "main")],
);

const main :Workerd.Worker = (
  compatibilityDate = "2026-11-01",
  modules = [(name = "party.mjs", esModule = embed "party.mjs")],
  durableObjectNamespaces = [
    (className = "Chat", uniqueKey = "chat", enableSql = true),
    (className = "StoredChat", uniqueKey = "stored-chat", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [
    (name = "Chat", durableObjectNamespace = "Chat"),
    (name = "StoredChat", durableObjectNamespace = "StoredChat") ],
);
