import { Account } from "./api/account";
import { AdminApi } from "./api/admin";
import { BlocksApi } from "./api/blocks";
import { FilesApi } from "./api/files";
import { InvitesApi } from "./api/invites";
import { MeApi } from "./api/me";
import { MembersApi } from "./api/members";
import { MessagesApi } from "./api/messages";
import { NameBook } from "./api/name-book";
import { Pictures } from "./api/pictures";
import { ProvidersApi } from "./api/providers";
import { RoomsApi } from "./api/rooms";
import { SecurityApi } from "./api/security";
import { TokensApi } from "./api/tokens";
import { UsersApi } from "./api/users";
import { Devices } from "./client/device";
import { InboxSession } from "./client/inbox-session";
import { loadMachines } from "./client/machines";
import { RoomSessions } from "./client/room-sessions";
import { SavedStore } from "./client/saved-store";

export interface Services {
  account: Account;
  admin: AdminApi;
  blocks: BlocksApi;
  files: FilesApi;
  invites: InvitesApi;
  me: MeApi;
  members: MembersApi;
  messages: MessagesApi;
  names: NameBook;
  pictures: Pictures;
  providers: ProvidersApi;
  rooms: RoomsApi;
  security: SecurityApi;
  tokens: TokensApi;
  users: UsersApi;
  sessions: RoomSessions;
  inbox: InboxSession;
  saved: SavedStore;
}

/** How long names that became known are not kept yet. */
const KEEP_MS = 2_000;

/** Names that were known once are known at once, also without a server. */
async function keepNames(names: NameBook, saved: SavedStore, user: string): Promise<void> {
  const kept = await saved.readKept([user, "names"]);
  if (Array.isArray(kept)) names.guess(kept);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = names.subscribe(() => {
    const known = names.known();
    // Everything is forgotten when the user goes.
    if (known.length === 0) return stop();
    timer ??= setTimeout(() => {
      timer = undefined;
      saved.writeKept([user, "names"], names.known());
    }, KEEP_MS);
  });
}

/** Everything that lives as long as the page, wired once. */
export function createServices(): Services {
  const account = new Account();
  const rooms = new RoomsApi(account);
  const messages = new MessagesApi(account);
  const users = new UsersApi(account);
  const me = new MeApi(account);
  const names = new NameBook(users);
  const pictures = new Pictures(me, users);
  const saved = new SavedStore();
  const sessions = new RoomSessions({ account, rooms, messages, devices: new Devices(), saved });
  const inbox = new InboxSession(account, saved);

  let user: string | null = null;
  let last = account.lastUser();
  account.subscribe(() => {
    const state = account.getState();
    const now = state.status === "signed_in" ? state.user.id : null;
    // Who was signed out elsewhere leaves no copy here; what was not sent yet waits for them.
    if (state.status === "signed_out" && last !== null) void saved.forgetKept(last);
    last = now ?? last;
    if (now === user) return;
    user = now;
    sessions.closeAll();
    inbox.stop();
    names.forget();
    pictures.forget();
    if (now === null) return;
    // A failure shows when a room is opened, which tries again.
    loadMachines().catch(() => {});
    void inbox.start(now);
    void keepNames(names, saved, now);
  });
  return {
    account,
    admin: new AdminApi(account),
    blocks: new BlocksApi(account),
    files: new FilesApi(account),
    invites: new InvitesApi(account),
    me,
    members: new MembersApi(account),
    messages,
    names,
    pictures,
    providers: new ProvidersApi(account),
    rooms,
    security: new SecurityApi(account),
    tokens: new TokensApi(account),
    users,
    sessions,
    inbox,
    saved,
  };
}
