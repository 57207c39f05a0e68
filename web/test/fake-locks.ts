/** Web Locks, as one browser with many pages sees them; nobody waits for long. */
export class FakeLocks {
  held = new Set<string>();

  request = async (name: string, ...rest: unknown[]): Promise<unknown> => {
    const act = rest.at(-1) as (lock: object | null) => unknown;
    const options = (rest.length > 1 ? rest[0] : {}) as LockOptions;
    if (this.held.has(name)) {
      if (options.ifAvailable) return act(null);
      return new Promise((_, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
      });
    }
    this.held.add(name);
    try {
      return await act({ name });
    } finally {
      this.held.delete(name);
    }
  };
}
