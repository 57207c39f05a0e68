import { useCallback, useEffect, useRef, useState } from "react";
import type { Attachment } from "../client/seam";
import type { MessageLimits } from "./use-chat";
import { codeOf } from "./problem-text";
import { useServices } from "./services";

/** A file on its way into a message. */
export interface UploadModel {
  key: number;
  name: string;
  bytes: number;
  /** A picture of it, to be shown before it is sent. */
  preview: string | null;
  state: { kind: "uploading"; share: number } | { kind: "done"; attachment: Attachment } | { kind: "failed"; code: string };
}

export interface Uploads {
  files: readonly UploadModel[];
  /** Some files are not there yet. */
  busy: boolean;
  attachments: Attachment[];
  add(files: Iterable<File>): void;
  remove(key: number): void;
  /** Forgets all of them: they were sent. */
  clear(): void;
}

/** The files that go with the message that is being written. */
export function useUploads(room: string, limits: MessageLimits): Uploads {
  const { files: api } = useServices();
  const [files, setFiles] = useState<readonly UploadModel[]>([]);
  const cancels = useRef(new Map<number, () => void>());
  const last = useRef(0);

  const become = useCallback((key: number, state: UploadModel["state"]) => {
    setFiles((all) => all.map((one) => (one.key === key ? { ...one, state } : one)));
  }, []);

  const add = useCallback(
    (added: Iterable<File>) => {
      let count = cancels.current.size;
      for (const file of added) {
        const key = ++last.current;
        const preview = file.type.startsWith("image/") && file.type !== "image/svg+xml" ? URL.createObjectURL(file) : null;
        const refused =
          count >= limits.attachments ? "too_many_attachments" : file.size > limits.attachmentBytes ? "attachment_too_large" : file.size === 0 ? "file_empty" : null;
        const state: UploadModel["state"] = refused === null ? { kind: "uploading", share: 0 } : { kind: "failed", code: refused };
        setFiles((all) => [...all, { key, name: file.name, bytes: file.size, preview, state }]);
        if (refused !== null) continue;
        count += 1;
        const upload = api.upload(room, file, (share) => become(key, { kind: "uploading", share }));
        cancels.current.set(key, upload.cancel);
        upload.done.then(
          (attachment) => become(key, { kind: "done", attachment }),
          (error: unknown) => {
            cancels.current.delete(key);
            become(key, { kind: "failed", code: codeOf(error) });
          },
        );
      }
    },
    [api, room, limits.attachments, limits.attachmentBytes, become],
  );

  const remove = useCallback((key: number) => {
    cancels.current.get(key)?.();
    cancels.current.delete(key);
    setFiles((all) => {
      forget(all.filter((one) => one.key === key));
      return all.filter((one) => one.key !== key);
    });
  }, []);

  const clear = useCallback(() => {
    cancels.current.clear();
    setFiles((all) => {
      forget(all);
      return [];
    });
  }, []);

  // What is under way when the composer goes away would belong to no message.
  useEffect(() => {
    const running = cancels.current;
    return () => {
      for (const cancel of running.values()) cancel();
    };
  }, []);

  return {
    files,
    busy: files.some((one) => one.state.kind === "uploading"),
    attachments: files.flatMap((one) => (one.state.kind === "done" ? [one.state.attachment] : [])),
    add,
    remove,
    clear,
  };
}

function forget(files: readonly UploadModel[]): void {
  for (const { preview } of files) if (preview !== null) URL.revokeObjectURL(preview);
}
