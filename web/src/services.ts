import { Account } from "./api/account";
import { RoomsApi } from "./api/rooms";
import { Devices } from "./client/device";
import { loadClient } from "./client/room-session";
import { RoomSessions } from "./client/room-sessions";
import { SavedStore } from "./client/saved-store";

export interface Services {
  account: Account;
  rooms: RoomsApi;
  sessions: RoomSessions;
  saved: SavedStore;
}

/** Everything that lives as long as the page, wired once. */
export function createServices(): Services {
  const account = new Account();
  const rooms = new RoomsApi(account);
  const saved = new SavedStore();
  const sessions = new RoomSessions({ account, rooms, devices: new Devices(), saved });

  let user: string | null = null;
  account.subscribe(() => {
    const state = account.getState();
    const now = state.status === "signed_in" ? state.user.id : null;
    if (now !== user) sessions.closeAll();
    user = now;
    // A failure shows when a room is opened, which tries again.
    if (now !== null) loadClient().catch(() => {});
  });
  return { account, rooms, sessions, saved };
}
