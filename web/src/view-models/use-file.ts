import { useCallback, useEffect, useState } from "react";
import type { Attachment } from "../client/seam";
import { Problem, Unreachable } from "../api/problem";
import type { Services } from "../services";
import { useServices } from "./services";
import { useUser } from "./use-account";

export type FileState = { status: "loading" } | { status: "ready"; url: string } | { status: "failed"; retry(): void };

/** The bytes of an image, as an address within the page; given back when nobody shows it any more. */
export function useFile(room: string, id: string): FileState {
  const { files, saved } = useServices();
  const { id: user } = useUser();
  const [attempt, setAttempt] = useState(0);
  const [result, setResult] = useState<{ attempt: number; url: string | null } | null>(null);
  useEffect(() => {
    const life = new AbortController();
    let made: string | null = null;
    seen({ files, saved }, user, room, id, life.signal).then(
      (blob) => {
        if (life.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setResult({ attempt, url: made });
      },
      () => life.signal.aborted || setResult({ attempt, url: null }),
    );
    return () => {
      life.abort();
      setResult(null);
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [files, saved, user, room, id, attempt]);
  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  if (result === null || result.attempt !== attempt) return { status: "loading" };
  return result.url === null ? { status: "failed", retry } : { status: "ready", url: result.url };
}

/** A picture from the server, or without one as it was seen before. */
async function seen({ files, saved: { pictures } }: Pick<Services, "files" | "saved">, user: string, room: string, id: string, signal: AbortSignal): Promise<Blob> {
  try {
    const picture = await files.download(room, id, signal);
    // Who has signed out meanwhile keeps nothing.
    if (!signal.aborted) void pictures.write(user, id, picture);
    return picture;
  } catch (error) {
    if (error instanceof Problem && error.status < 500) void pictures.remove(user, id);
    const kept = error instanceof Unreachable ? await pictures.read(user, id) : undefined;
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Saves a file on the person's device. */
export function useDownload(room: string): (file: Attachment) => Promise<void> {
  const { files } = useServices();
  return useCallback(
    async (file: Attachment) => {
      const url = URL.createObjectURL(await files.download(room, file.id));
      const link = document.createElement("a");
      link.href = url;
      link.download = file.name;
      link.click();
      // The browser has begun to save it by the next task, and holds it itself.
      setTimeout(() => URL.revokeObjectURL(url), 0);
    },
    [files, room],
  );
}

/** What the page shows as a picture: images that cannot run anything. */
export function isPicture({ type }: Attachment): boolean {
  return ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"].includes(type);
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function sizeText(bytes: number, locale: string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const unit = UNITS[power] ?? "byte";
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(bytes / 1000 ** power);
}
