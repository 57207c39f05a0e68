import { Unreachable } from "../api/problem";

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<{ createWritable(): Promise<WritableStream<Uint8Array>> }>;
}

/**
 * Saves an answer under a name that the person may change, as it comes. Browsers that cannot write
 * to a file gather it first. Answers whether it was saved; the person may change their mind.
 */
export async function saveStream(
  name: string,
  ask: () => Promise<Response>,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const picker = window as unknown as SavePicker;
  if (picker.showSaveFilePicker !== undefined) {
    const file = await picker.showSaveFilePicker({ suggestedName: name }).catch(nothingIfCancelled);
    if (file === null) return false;
    onProgress(0);
    const body = bodyOf(await ask());
    // A file that was not written to its end is left as it was.
    await brokenIsUnreachable(body.pipeThrough(counted(onProgress)).pipeTo(await file.createWritable(), { signal }), signal);
    return true;
  }
  onProgress(0);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const gather = new WritableStream<Uint8Array<ArrayBuffer>>({ write: (piece) => void pieces.push(piece) });
  await brokenIsUnreachable(bodyOf(await ask()).pipeThrough(counted(onProgress)).pipeTo(gather, { signal }), signal);
  saveBlob(name, new Blob(pieces));
  return true;
}

/** Hands bytes to the browser, which saves them as it saves any download. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to save it by the next task, and holds it itself.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

function bodyOf(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  return response.body ?? new Blob([]).stream();
}

function counted(onProgress: (bytes: number) => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  return new TransformStream({
    transform: (chunk, controller) => {
      bytes += chunk.byteLength;
      onProgress(bytes);
      controller.enqueue(chunk);
    },
  });
}

function nothingIfCancelled(error: unknown): null {
  if (error instanceof DOMException && error.name === "AbortError") return null;
  throw error;
}

async function brokenIsUnreachable<T>(saving: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await saving;
  } catch (error) {
    // A connection that was cut shows as a `TypeError`; a full disk, for example, does not.
    if (error instanceof TypeError && !signal.aborted) throw new Unreachable(error);
    throw error;
  }
}
