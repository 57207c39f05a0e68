import { Problem, Unreachable } from "./problem";

export const API = "/api/v1";

export interface Request {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  body?: unknown;
  token?: string;
  /** The answer matters even if the page goes away meanwhile: a rotated cookie must arrive. */
  keepalive?: boolean;
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

  let response: Response;
  try {
    response = await fetch(API + path, init);
  } catch (cause) {
    throw new Unreachable(cause);
  }
  if (!response.ok) throw await Problem.from(response);
  return response;
}
