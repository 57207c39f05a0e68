/** What the pictures of one user may take, and one of them. */
const BYTES_MAX = 100 * 1024 * 1024;
const PICTURE_BYTES_MAX = 8 * 1024 * 1024;

/** Where a picture is within its cache; no request ever goes there. */
const PATH = "/kept-pictures/";

/**
 * Pictures that a user has seen, so that they show without a server. Every user of the browser has
 * a cache of their own, which goes when they sign out. The oldest go first when it is full.
 */
export class KeptPictures {
  #writing: Promise<void> = Promise.resolve();

  async read(user: string, id: string): Promise<Blob | undefined> {
    try {
      const answer = await (await caches.open(nameOf(user))).match(PATH + id, { ignoreSearch: true });
      return await answer?.blob();
    } catch {
      return undefined;
    }
  }

  /** One after the other, so that what is counted is what is there. */
  write(user: string, id: string, picture: Blob): Promise<void> {
    if (picture.size > PICTURE_BYTES_MAX) return Promise.resolve();
    return this.#next(async () => {
      const cache = await caches.open(nameOf(user));
      const kept = await cache.keys();
      if (kept.some(({ url }) => new URL(url).pathname === PATH + id)) return;
      let bytes = picture.size + kept.reduce((sum, { url }) => sum + bytesOf(url), 0);
      for (const request of kept) {
        if (bytes <= BYTES_MAX) break;
        bytes -= bytesOf(request.url);
        await cache.delete(request);
      }
      await cache.put(`${PATH}${id}?bytes=${picture.size}`, new Response(picture));
    });
  }

  /** The server says that it is gone, or not for this user. */
  remove(user: string, id: string): Promise<void> {
    return this.#next(async () => {
      await (await caches.open(nameOf(user))).delete(PATH + id, { ignoreSearch: true });
    });
  }

  forget(user: string): Promise<void> {
    return this.#next(async () => {
      await caches.delete(nameOf(user));
    });
  }

  #next(act: () => Promise<void>): Promise<void> {
    // Where nothing can be kept, pictures need a server.
    this.#writing = this.#writing.then(act).catch(() => {});
    return this.#writing;
  }
}

function nameOf(user: string): string {
  return `maru-pictures-${user}`;
}

/** How large a picture is, which its address says, so that none has to be read to know it. */
function bytesOf(url: string): number {
  return Number(new URL(url).searchParams.get("bytes"));
}
