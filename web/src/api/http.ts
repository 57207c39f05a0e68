import { Problem, Unreachable } from "./problem";

export const API = "/api/v1";

export interface Request {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
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
