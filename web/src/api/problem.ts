/** The server's answer was an error: `application/problem+json`, see docs/protocol.md, HTTP. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** More of it, where there is more to say. */
  readonly detail: string | null;
  /** After how long it is worth another try, where waiting helps. */
  readonly retryAfterMs: number | null;

  /** `title` says in a sentence what to do. */
  constructor(status: number, code: string, title: string, detail: string | null = null, retryAfterMs: number | null = null) {
    super(title);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
  }

  static async from(response: Response): Promise<Problem> {
    const fields = await response.json().catch(() => null);
    const text = (name: string): string | null => {
      const value: unknown = typeof fields === "object" && fields !== null ? fields[name] : null;
      return typeof value === "string" ? value : null;
    };
    const code = text("code") ?? (response.status >= 500 ? "internal" : "unknown");
    return new Problem(response.status, code, text("title") ?? response.statusText, text("detail"), waitOf(response, fields));
  }
}

function waitOf(response: Response, fields: unknown): number | null {
  if (typeof fields === "object" && fields !== null && "retry_after_ms" in fields && typeof fields.retry_after_ms === "number") {
    return fields.retry_after_ms;
  }
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}

/** No answer came: no network, or no server. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super("the server does not answer", { cause });
    this.name = "Unreachable";
  }
}

/** The refresh token is gone or spent: only signing in helps. */
export class SignedOut extends Error {
  constructor() {
    super("signed out");
    this.name = "SignedOut";
  }
}
