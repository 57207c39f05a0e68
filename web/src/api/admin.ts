import type { Account } from "./account";
import { query } from "./http";
import type { AuditPage } from "./me";
import type { RoomKind } from "./rooms";

export interface AdminUser {
  id: string;
  name: string;
  display_name: string;
  bot: boolean;
  admin: boolean;
  /** The deployment itself names this account an administrator, which nobody here can change. */
  listed: boolean;
  disabled_at: number | null;
  deleted_at: number | null;
  created_at: number;
  seen_at: number | null;
  sign_ins: number;
}

export interface AdminRoom {
  id: string;
  name: string;
  kind: RoomKind;
  owner: string | null;
  members: number;
  created_at: number;
  /** How many entries it has, and how many of them are archived. */
  head: number;
  archived: number;
  dirty_since: number | null;
  oldest_at: number | null;
  hold: boolean;
  deleted: boolean;
}

export interface Lease {
  bucket: number;
  holder: string;
  expires_at: number;
}

/** What a job did, told when it had ended. */
export interface ArchiveRun {
  command: string;
  started_at: number;
  ended_at: number;
  /** The exit code. */
  exit: number;
  /** How many entries were. */
  archived: number;
  expired: number;
  /** Why not everything was done; empty if it was. */
  says: string;
}

/** What waits for the archive, since when, and who works on it. */
export interface ArchiveState {
  rooms: number;
  dirty: number;
  waiting: number;
  oldest_dirty_since: number | null;
  oldest_at: number | null;
  deleted: number;
  held: number;
  erasures: number;
  ever: boolean;
  last_lease: number | null;
  leases: Lease[];
  /** The last ones, the newest first; a server that does not know them yet leaves them out. */
  runs?: ArchiveRun[];
  /** How many entries ever, as far as jobs told. */
  expired?: number;
}

export interface Figures {
  at: number;
  people: number;
  bots: number;
  disabled: number;
  admins: number;
  joined_last_day: number;
  sign_ins: number;
  used_last_day: number;
  signed_in_last_day: number;
  failed_last_day: number;
  rooms: Partial<Record<RoomKind, number>>;
  memberships: number;
  entries: number;
  archived_entries: number;
}

/** What happened in one step after another, the oldest first; `null` where nothing was measured. */
export type Steps = readonly (number | null)[];

/** What is going on, and what went on in the last hour. */
export interface LiveFigures {
  at: number;
  step_ms: number;
  /** Rooms with a connection, and all of these. */
  rooms: number;
  connections: number;
  /** What is counted is counted for each step. */
  steps: {
    from: number;
    connections: Steps;
    messages: Steps;
    deliveries: Steps;
    errors: Steps;
    p50_ms: Steps;
    p95_ms: Steps;
    p99_ms: Steps;
  };
  /** Those of the last hour, by their code. */
  errors: Record<string, number>;
}

/** What of the audit log is asked for; `null` for anything. */
export interface AuditFilter {
  actor: string | null;
  act: string | null;
  /** Milliseconds; the end is not in it. */
  from: number | null;
  to: number | null;
}

const LINES = "application/x-ndjson";

/** What administrators see and do. For anybody else, none of it is there. */
export class AdminApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  async users(q: string, cursor: string | null): Promise<{ users: AdminUser[]; cursor: string | null }> {
    return (await this.#account.request(`/admin/users${query({ q, cursor })}`)).json();
  }

  async changeUser(user: string, change: { disabled: boolean } | { admin: boolean }): Promise<void> {
    await this.#account.request(`/admin/users/${encodeURIComponent(user)}`, { method: "PATCH", body: change });
  }

  async signOutUser(user: string): Promise<void> {
    await this.#account.request(`/admin/users/${encodeURIComponent(user)}/sign-out`, { method: "POST" });
  }

  async rooms(q: string, cursor: string | null): Promise<{ rooms: AdminRoom[]; cursor: string | null }> {
    return (await this.#account.request(`/admin/rooms${query({ q, cursor })}`)).json();
  }

  async archive(): Promise<ArchiveState> {
    return (await this.#account.request("/admin/archive")).json();
  }

  async figures(): Promise<Figures> {
    return (await this.#account.request("/admin/figures")).json();
  }

  async live(): Promise<LiveFigures> {
    return (await this.#account.request("/admin/live")).json();
  }

  async audit(filter: AuditFilter, cursor: string | null): Promise<AuditPage> {
    return (await this.#account.request(`/admin/audit${query({ ...filter, cursor })}`)).json();
  }

  /** All that the filter lets through, as it streams in. */
  async exportAudit(filter: AuditFilter, signal: AbortSignal): Promise<Response> {
    return this.#account.request(`/admin/audit${query({ ...filter })}`, { accept: LINES, signal });
  }
}
