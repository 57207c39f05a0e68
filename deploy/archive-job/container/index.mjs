// Starts the archive job in its container once an hour. The container may be ended at any time,
// which costs no more than a repeated step: the next hour goes on.
import { DurableObject } from "cloudflare:workers";

/** How often it is looked whether the container still runs, which also keeps it running. */
const LOOK_MS = 30_000;

/** The one container. */
export class ArchiveJob extends DurableObject {
  /** Starts the container, unless the one of the hour before is still at work. */
  async start() {
    const { container, storage } = this.ctx;
    if (!container.running) {
      container.start({ enableInternet: true, env: settings(this.env) });
      this.ctx.waitUntil(tell(container.monitor()));
    }
    await storage.setAlarm(Date.now() + LOOK_MS);
  }

  async alarm() {
    const { container, storage } = this.ctx;
    if (container.running) {
      await storage.setAlarm(Date.now() + LOOK_MS);
    }
  }
}

export default {
  async scheduled(_controller, env) {
    await env.ARCHIVE_JOB.getByName("archive-job").start();
  },
};

/** What the job's environment says: every variable and secret that is meant for it. */
function settings(env) {
  const isMeant = ([name, value]) => name.startsWith("ARCHIVE_") && typeof value === "string";
  return Object.fromEntries(Object.entries(env).filter(isMeant));
}

/** Logs how the job ended: its exit codes are in docs/archive.md. */
async function tell(ended) {
  try {
    await ended;
    console.log({ event: "archive_job_done" });
  } catch (error) {
    console.error({ event: "archive_job_failed", why: String(error) });
  }
}
