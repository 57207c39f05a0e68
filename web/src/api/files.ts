import type { Attachment } from "../client/seam";
import type { Account } from "./account";
import { API, at, query } from "./http";
import { Problem, Unreachable } from "./problem";

export interface Upload {
  done: Promise<Attachment>;
  cancel(): void;
}

/** The files of rooms. They are asked for with the user's token, so no address shows one by itself. */
export class FilesApi {
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
  }

  /** Sends a file; `fetch` cannot tell how much of it is sent already. */
  upload(room: string, file: File, onProgress: (share: number) => void): Upload {
    const request = new XMLHttpRequest();
    let cancelled = false;
    const done = this.#account.accessToken().then(
      (token) =>
        new Promise<Attachment>((resolve, reject) => {
          request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
          request.addEventListener("load", () => {
            if (request.status === 201) resolve(JSON.parse(request.responseText));
            else Problem.from(new Response(request.responseText, { status: request.status })).then(reject, reject);
          });
          request.addEventListener("error", () => reject(new Unreachable(null)));
          request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
          if (cancelled) {
            reject(new DOMException("cancelled", "AbortError"));
            return;
          }
          request.open("POST", `${API}${at(room)}/attachments${query({ name: file.name })}`);
          request.setRequestHeader("authorization", `Bearer ${token}`);
          request.setRequestHeader("content-type", "application/octet-stream");
          request.send(file);
        }),
    );
    const cancel = () => {
      cancelled = true;
      request.abort();
    };
    return { done, cancel };
  }

  async download(room: string, id: string, signal?: AbortSignal): Promise<Blob> {
    const path = `${at(room)}/attachments/${encodeURIComponent(id)}`;
    const response = await this.#account.request(path, signal ? { signal } : {});
    return response.blob();
  }
}
