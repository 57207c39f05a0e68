/** Crockford's base32 in lower case: the alphabet of every id of Maru. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const DEVICE_CHARS = 20;

/** How long a reloaded tab waits for the lock that its previous page is about to let go. */
const RELOAD_MS = 1_000;

/**
 * The device id of this tab. Two tabs must not share one, for a device has a single session and a
 * single nonce counter; and a reload must get the same one back, for the outbox is kept under it.
 * So a user has numbered slots, each with an id, and a tab holds one by a Web Lock while it lives.
 */
export class Devices {
  #held = new Map<string, Promise<string>>();

  hold(user: string): Promise<string> {
    let device = this.#held.get(user);
    if (device === undefined) {
      device = holdSlot(user);
      this.#held.set(user, device);
    }
    return device;
  }
}

export function randomDevice(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(DEVICE_CHARS));
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
}

async function holdSlot(user: string): Promise<string> {
  // Outside a secure context there are no locks, and no way to share: the device is this page's.
  if (!("locks" in navigator)) return randomDevice();

  const last = read(sessionStorage, slotKey(user));
  if (last !== null) {
    const waiting = AbortSignal.timeout(RELOAD_MS);
    if (await acquire(user, Number(last), { signal: waiting })) return deviceOf(user, Number(last));
  }
  for (let slot = 0; ; slot += 1) {
    if (await acquire(user, slot, { ifAvailable: true })) {
      write(sessionStorage, slotKey(user), String(slot));
      return deviceOf(user, slot);
    }
  }
}

/** Resolves once the lock is held or refused; a held lock is kept until the page goes away. */
function acquire(user: string, slot: number, options: LockOptions): Promise<boolean> {
  return new Promise((resolve) => {
    navigator.locks
      .request(`maru-device-${user}-${slot}`, options, (lock) => {
        resolve(lock !== null);
        return lock === null ? null : new Promise<never>(() => {});
      })
      .catch(() => resolve(false));
  });
}

/** Only the holder of the slot's lock comes here, so reading and writing cannot race. */
function deviceOf(user: string, slot: number): string {
  const key = `maru.device.${user}.${slot}`;
  const known = read(localStorage, key);
  if (known !== null) return known;
  const device = randomDevice();
  write(localStorage, key, device);
  return device;
}

function slotKey(user: string): string {
  return `maru.slot.${user}`;
}

function read(storage: Storage, key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

function write(storage: Storage, key: string, value: string): void {
  try {
    storage.setItem(key, value);
  } catch {
    // Without storage the device lives as long as the page.
  }
}
