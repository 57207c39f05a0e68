import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { newsOf, useLevels, usePermission } from "./notifying";
import { roomPath } from "./room-link";
import { useInbox, useInboxIsLive, type ListedRoom } from "./use-inbox";
import { useLooking } from "./use-reading";

/** Tells outside the page what arrives while nobody looks at it. `here` is the room on show. */
export function useNotifier(here: string | null): void {
  const { t } = useTranslation();
  const { rooms } = useInbox();
  const live = useInboxIsLive();
  const isLooking = useLooking();
  const levelFor = useLevels();
  const [permission] = usePermission();
  const [, navigate] = useLocation();
  const seen = useRef<ReadonlyMap<string, ListedRoom> | null>(null);

  useEffect(() => {
    if (!live) return;
    const before = seen.current;
    seen.current = new Map(rooms.map((room) => [room.room, room]));
    // What waited when the page opened is in the list; it is no news.
    if (before === null || permission !== "granted") return;
    for (const { room, mention } of newsOf(before, rooms, levelFor)) {
      if (isLooking && room.room === here) continue;
      const body = mention ? t("notify.mention") : t("rooms.unread", { count: room.unread });
      const options = { body, tag: room.room, icon: "/icon.svg", data: { path: roomPath(room.room) } };
      telling = telling.then(() => tell(room.title, options, navigate));
    }
  }, [rooms, live, levelFor, permission, isLooking, here, navigate, t]);

  // The service worker hears of a click, and the page goes there.
  useEffect(() => {
    if (!("serviceWorker" in navigator)) return;
    const listen = ({ data }: MessageEvent<{ path?: unknown } | null>) => {
      if (typeof data?.path === "string") navigate(data.path);
    };
    navigator.serviceWorker.addEventListener("message", listen);
    return () => navigator.serviceWorker.removeEventListener("message", listen);
  }, [navigate]);
}

interface Telling {
  body: string;
  /** One room is told of once, however many pages are open. */
  tag: string;
  icon: string;
  data: { path: string };
}

/**
 * What is being told: a browser fetches the picture of each, so the earlier of two could come last
 * and replace a mention by a number.
 */
let telling = Promise.resolve();

/** Phones let only a service worker tell something. */
async function tell(title: string, options: Telling, navigate: (path: string) => void): Promise<void> {
  try {
    const registration = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistration() : undefined;
    if (registration?.active) {
      await registration.showNotification(title, options);
      return;
    }
    const notification = new Notification(title, options);
    notification.addEventListener("click", () => {
      window.focus();
      notification.close();
      navigate(options.data.path);
    });
  } catch {
    // The browser has changed its mind; the list of rooms tells it anyway.
  }
}
