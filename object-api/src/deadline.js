// An end to patience. Called only from `deadline.rs`.

/** `passed` resolves after so many milliseconds, unless `clear` is called before. */
export class Deadline {
  #handle;

  constructor(ms) {
    this.passed = new Promise((resolve) => {
      this.#handle = setTimeout(resolve, ms);
    });
  }

  /** A pending timer would outlive the answer that it waited for. */
  clear() {
    clearTimeout(this.#handle);
  }
}
