-- Peer prosody: a chat room (MUC) over WebSocket for anonymous members.
-- The environment names the port, the folder of its own that it may write, and its modules.

run_as_root = true
data_path = ENV_PEER_DATA
log = { { levels = { min = "warn" }, to = "console" } }

-- mod_limits is not among them, so no rate is limited; neither is mod_s2s.
modules_enabled = { "saslauth", "disco", "websocket" }
modules_disabled = { "s2s", "s2s_auth_certs", "offline" }
c2s_ports = {}
http_interfaces = { "127.0.0.1" }
http_ports = { tonumber(ENV_PEER_PORT) }
https_ports = {}
http_default_host = "localhost"
consider_websocket_secure = true
c2s_require_encryption = false

-- The fastest of its network backends, with packets sent at once.
network_backend = "epoll"
network_settings = { tcp_backlog = 4096, nagle = false }
gc = { mode = "generational" }

-- Rooms keep their last twenty messages in memory.
storage = "memory"

VirtualHost "localhost"
authentication = "anonymous"

Component "rooms.localhost" "muc"
muc_room_locking = false
-- Otherwise each who joins is announced to all and told of all: a million presences for a
-- thousand members.
muc_room_default_presence_broadcast = { visitor = false, participant = false, moderator = false }
