import { Account } from "./api/account";
import { FilesApi } from "./api/files";
import { InvitesApi } from "./api/invites";
import { MembersApi } from "./api/members";
import { MessagesApi } from "./api/messages";
import { NameBook } from "./api/name-book";
import { ProvidersApi } from "./api/providers";
import { RoomsApi } from "./api/rooms";
import { UsersApi } from "./api/users";
import { Devices } from "./client/device";
import { InboxSession } from "./client/inbox-session";
import { loadMachines } from "./client/machines";
import { RoomSessions } from "./client/room-sessions";
import { SavedStore } from "./client/saved-store";

export interface Services {
  account: Account;
  files: FilesApi;
  invites: InvitesApi;
  members: MembersApi;
  messages: MessagesApi;
  names: NameBook;
  providers: ProvidersApi;
  rooms: RoomsApi;
  users: UsersApi;
  sessions: RoomSessions;
  inbox: InboxSession;
  saved: SavedStore;
}

/** Everything that lives as long as the page, wired once. */
export function createServices(): Services {
  const account = new Account();
  const rooms = new RoomsApi(account);
  const messages = new MessagesApi(account);
  const users = new UsersApi(account);
  const names = new NameBook(users);
  const saved = new SavedStore();
  const sessions = new RoomSessions({ account, rooms, messages, devices: new Devices(), saved });
  const inbox = new InboxSession(account);

  let user: string | null = null;
  account.subscribe(() => {
    const state = account.getState();
    const now = state.status === "signed_in" ? state.user.id : null;
    if (now === user) return;
    user = now;
    sessions.closeAll();
    inbox.stop();
    names.forget();
    if (now === null) return;
    // A failure shows when a room is opened, which tries again.
    loadMachines().catch(() => {});
    void inbox.start();
  });
  return {
    account,
    files: new FilesApi(account),
    invites: new InvitesApi(account),
    members: new MembersApi(account),
    messages,
    names,
    providers: new ProvidersApi(account),
    rooms,
    users,
    sessions,
    inbox,
    saved,
  };
}
