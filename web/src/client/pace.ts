/**
 * Milliseconds between two times that a page is drawn for what others do. Drawing a room takes some
 * ten milliseconds: at each of a hundred messages a second nothing would be left for the person.
 */
export const PACE_MS = 100;

/** Says when to draw: at once after a pause, and otherwise when the pause is over. */
export class Pace {
  readonly #draw: () => void;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Something changed. What is `urgent` is drawn as soon as the current call has returned. */
  changed(urgent: boolean): void {
    if (this.#isDue) return;
    const wait = this.#drawnAt + PACE_MS - performance.now();
    if (urgent || wait <= 0) {
      this.#isDue = true;
      queueMicrotask(() => this.now());
    } else {
      this.#timer ??= setTimeout(() => this.now(), wait);
    }
  }

  /** Draws. */
  now(): void {
    this.end();
    this.#drawnAt = performance.now();
    this.#draw();
  }

  /** Does not draw what is not drawn yet. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
  }
}
