import type { Account } from "../api/account";
import { API } from "../api/http";
import { SignedOut } from "../api/problem";

/** What a machine in `client-wasm` is told by its link. */
export interface Machine {
  opened(now: number): void;
  received(now: number, frame: string): void;
  closed(now: number, code: number): void;
  woke(now: number): void;
  reconnect(now: number): void;
}

export interface LinkOptions {
  /** Where the socket leads, below the API. */
  path: string;
  account: Account;
  machine(): Machine | null;
  /** A socket never opened. Answers whether that is for good, and then nothing more is reported. */
  isBarred(): Promise<boolean>;
  /** The machine has ended for good: looking at the page again does not wake it. */
  isOver(): boolean;
}

/** The socket went away without a close code of its own. */
const ABNORMAL = 1006;
const NORMAL = 1000;
/** The sign-in of the socket has ended (TK5). */
const SIGNED_OUT = 4510;
const PROTOCOL = "maru.v1";

/**
 * The socket and the alarm of one machine. It carries out what the machine asks for and reports
 * what came of it, never from within a call of the machine; it decides nothing itself.
 */
export class Link {
  readonly #options: LinkOptions;
  #socket: WebSocket | null = null;
  /** Names the socket that counts; whatever an older one still reports is not heard. */
  #attempt = 0;
  #connecting = false;
  #hearing = false;
  #alarm: ReturnType<typeof setTimeout> | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The machine is being told what came from the server, which is not what the person just did. */
  get hearing(): boolean {
    return this.#hearing;
  }

  /** Tells the machine when the page is looked at again, and when the network comes or goes. */
  watchBrowser(signal: AbortSignal): void {
    window.addEventListener("online", () => this.#seen(), { signal });
    window.addEventListener("offline", () => this.#lost(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#seen(), { signal });
    window.addEventListener("pageshow", (event) => event.persisted && this.#seen(), { signal });
  }

  open(): void {
    this.close();
    this.#connecting = true;
    void this.#connect(this.#attempt);
  }

  transmit(frame: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(frame);
  }

  close(): void {
    this.#attempt += 1;
    this.#connecting = false;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(NORMAL);
  }

  wakeAt(at: number): void {
    clearTimeout(this.#alarm);
    this.#alarmAt = at;
    this.#alarm = setTimeout(() => this.#wake(), Math.max(0, at - Date.now()));
  }

  /** Closes the socket and sets no alarm any more. */
  end(): void {
    this.#disarm();
    this.close();
  }

  /**
   * Timers may have slept, and there is no need to wait. A machine that has ended for good stays
   * so until somebody asks for it: two pages that supersede each other must not do so at every
   * glance.
   */
  #seen(): void {
    if (this.#options.isOver()) return;
    if (this.#alarmAt <= Date.now()) this.#wake();
    this.#options.machine()?.reconnect(Date.now());
  }

  /** The browser knows that there is no network; the socket would take a minute to find out. */
  #lost(): void {
    if (this.#socket === null && !this.#connecting) return;
    this.close();
    this.#options.machine()?.closed(Date.now(), ABNORMAL);
  }

  #wake(): void {
    this.#disarm();
    this.#options.machine()?.woke(Date.now());
  }

  #disarm(): void {
    clearTimeout(this.#alarm);
    this.#alarmAt = Number.POSITIVE_INFINITY;
  }

  async #connect(attempt: number): Promise<void> {
    let token: string;
    try {
      token = await this.#options.account.accessToken();
    } catch (error) {
      // Signed out: the whole app shows the sign-in page, and this link is about to end.
      if (attempt === this.#attempt && !(error instanceof SignedOut)) this.#closed(attempt, ABNORMAL);
      return;
    }
    if (attempt !== this.#attempt || this.#options.machine() === null) return;

    const socket = new WebSocket(socketUrl(this.#options.path), [PROTOCOL, `maru.token.${token}`]);
    let opened = false;
    this.#socket = socket;
    socket.addEventListener("open", () => {
      opened = true;
      if (attempt === this.#attempt) this.#options.machine()?.opened(Date.now());
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => {
      if (attempt === this.#attempt) this.#hear(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (opened) this.#closed(attempt, event.code);
      else void this.#explain(attempt);
    });
  }

  #hear(frame: string): void {
    this.#hearing = true;
    try {
      this.#options.machine()?.received(Date.now(), frame);
    } finally {
      this.#hearing = false;
    }
  }

  #closed(attempt: number, code: number): void {
    if (attempt !== this.#attempt) return;
    this.close();
    if (code === SIGNED_OUT) void this.#recheck();
    else this.#options.machine()?.closed(Date.now(), code);
  }

  /** Only a token may have ended and not the sign-in: then another one does. */
  async #recheck(): Promise<void> {
    const attempt = this.#attempt;
    try {
      await this.#options.account.recheck();
    } catch (error) {
      // The whole app shows the sign-in page, and this link is about to end.
      if (error instanceof SignedOut) return;
    }
    if (attempt === this.#attempt) this.#options.machine()?.closed(Date.now(), ABNORMAL);
  }

  /** A socket that never opened hides the answer to its upgrade. */
  async #explain(attempt: number): Promise<void> {
    if (attempt !== this.#attempt) return;
    const barred = await this.#options.isBarred();
    if (!barred) this.#closed(attempt, ABNORMAL);
  }
}

function socketUrl(path: string): string {
  const url = new URL(API + path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
