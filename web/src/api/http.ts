import { Problem, Unreachable } from "./problem";

export const API = "/api/v1";

export interface Request {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  /** Sent as they are, instead of a body of JSON. */
  bytes?: Blob;
  /** The kind of answer that is asked for, where there are several. */
  accept?: string;
  token?: string;
  /** The answer matters even if the page goes away meanwhile: a rotated cookie must arrive. */
  keepalive?: boolean;
  signal?: AbortSignal;
}

/** One exchange with the API. Throws `Problem` or `Unreachable`. */
export async function exchange(path: string, request: Request = {}): Promise<Response> {
  const headers = new Headers();
  if (request.token !== undefined) headers.set("authorization", `Bearer ${request.token}`);
  const init: RequestInit = { method: request.method ?? "GET", headers, credentials: "same-origin" };
  if (request.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(request.body);
  }
  if (request.bytes !== undefined) {
    headers.set("content-type", request.bytes.type);
    init.body = request.bytes;
  }
  if (request.accept !== undefined) headers.set("accept", request.accept);
  if (request.keepalive) init.keepalive = true;
  if (request.signal) init.signal = request.signal;

  let response: Response;
  try {
    response = await fetch(API + path, init);
  } catch (cause) {
    throw new Unreachable(cause);
  }
  if (!response.ok) throw await Problem.from(response);
  return response;
}

/** `?a=1&b=2` of what is there. */
export function query(fields: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** Where a room is, below the API. */
export function at(room: string): string {
  return `/rooms/${encodeURIComponent(room)}`;
}
