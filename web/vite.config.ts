import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `npm run dev:fake`: a server and a client machine that live in the page, for work on looks. */
function fakeBackend(): Plugin {
  return {
    name: "fake-backend",
    transformIndexHtml: () => [
      { tag: "script", attrs: { type: "module", src: "/dev/fake-api.ts" }, injectTo: "head-prepend" },
    ],
  };
}

/** What the page says in each language if its code does not come, which could say it otherwise. */
function withoutCode(): Plugin {
  const texts = ["en", "ko"].map((language) => {
    const { app }: { app: Record<string, string> } = JSON.parse(fs.readFileSync(here(`src/i18n/${language}.json`), "utf8"));
    return `<main lang="${language}" data-broken hidden><h1>${app["missing"]}</h1><p>${app["missing_help"]}</p><p><a href="">${app["reload"]}</a></p></main>`;
  });
  return {
    name: "without-code",
    transformIndexHtml: (html) => html.replace("<!-- what the page says if its code does not come -->", texts.join("\n    ")),
  };
}

const EMOJI = dirname(createRequire(import.meta.url).resolve("emojibase-data/package.json"));

/** The emoji picker's data, served by Maru itself: one set of names for each language. */
function emojiData(): Plugin {
  const files = ["en", "ko"].flatMap((language) => [`${language}/data.json`, `${language}/messages.json`]);
  return {
    name: "emoji-data",
    generateBundle() {
      for (const file of files) {
        this.emitFile({ type: "asset", fileName: `emoji/${file}`, source: fs.readFileSync(join(EMOJI, file)) });
      }
    },
    configureServer(server) {
      server.middlewares.use("/emoji", (request, response, next) => {
        const file = files.find((one) => request.url === `/${one}`);
        if (file === undefined) return next();
        response.setHeader("content-type", "application/json");
        response.end(fs.readFileSync(join(EMOJI, file)));
      });
    },
  };
}

const PASSWORDS = createRequire(import.meta.url).resolve("@zxcvbn-ts/language-common/package.json");

/** What people choose as passwords, for the Worker: `worker/src/identity/common.rs` reads it. */
function commonPasswords(): Plugin {
  return {
    name: "common-passwords",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "common-passwords.txt", source: rankedPasswords() });
    },
  };
}

const bitsOf = (rank: number) => Math.floor(Math.log2(rank + 1)) + 1;

function rankedPasswords(): string {
  const words: string[] = JSON.parse(fs.readFileSync(join(dirname(PASSWORDS), "src/passwords.json"), "utf8"));
  const ranks = new Map<string, number>();
  for (const word of words.map((one) => one.toLowerCase()).filter((one) => /^[!-~]+$/.test(one))) {
    if (!ranks.has(word)) ranks.set(word, ranks.size);
  }
  // In the order of bytes, which for ASCII is that of UTF-16.
  const lines = [...ranks].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([word, rank]) => `${word}\t${bitsOf(rank)}\n`);
  return `maru common passwords 1\n${lines.join("")}`;
}

/** What the page needs to open: not its maps, nor the emoji of which few are ever asked for. */
const isShell = (file: string) => /\.(?:js|css|wasm|svg)$/.test(file) && file !== "service-worker.js";

/** What a first visit may weigh before a room opens, in KiB after gzip; the Wasm has a limit of its own. */
const SCRIPT_KIB_MAX = 250;

/** Fails the build if the scripts of a first visit have grown too large. */
function budget(): Plugin {
  return {
    name: "budget",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const wanted = new Set<string>();
        const want = (file: string) => {
          const chunk = bundle[file];
          if (chunk?.type !== "chunk" || wanted.has(file)) return;
          wanted.add(file);
          for (const other of chunk.imports) want(other);
        };
        const entry = Object.values(bundle).find((one) => one.type === "chunk" && one.isEntry && one.name === "index");
        if (entry === undefined) throw new Error("the build has no entry");
        want(entry.fileName);
        const bytes = [...wanted].reduce((sum, file) => {
          const chunk = bundle[file];
          return sum + (chunk?.type === "chunk" ? gzipSync(chunk.code, { level: 9 }).length : 0);
        }, 0);
        const kib = Math.ceil(bytes / 1024);
        if (kib > SCRIPT_KIB_MAX) throw new Error(`a first visit loads ${kib} KiB of scripts after gzip, and ${SCRIPT_KIB_MAX} KiB is the most: load later what only some need`);
        this.info(`a first visit loads ${kib} KiB of scripts after gzip`);
      },
    },
  };
}

/** The service worker, which names every other file of the build. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const script = bundle["service-worker.js"];
        if (script?.type !== "chunk") throw new Error("the build has no service worker");
        const files = Object.keys(bundle).filter(isShell).toSorted();
        const shell = ["/", ...files.map((file) => `/${file}`), ...fs.readdirSync(here("public")).filter((file) => file !== "_headers").map((file) => `/${file}`)];
        const contents = [...files, ...fs.readdirSync(here("public")).map((file) => here(`public/${file}`))]
          .map((file) => (file in bundle ? file : fs.readFileSync(file)))
          .concat(sourceOf(bundle["index.html"]));
        const version = createHash("sha256").update(contents.join("\n")).digest("hex").slice(0, 16);
        script.code = `const SHELL = ${JSON.stringify(shell)}, VERSION = ${JSON.stringify(version)};\n${script.code}`;
      },
    },
  };
}

function sourceOf(output: { type: "asset"; source: string | Uint8Array } | { type: "chunk" } | undefined): string {
  return output?.type === "asset" ? String(output.source) : "";
}

export default defineConfig(({ mode }) => ({
  plugins: [react(), withoutCode(), emojiData(), commonPasswords(), serviceWorker(), budget(), ...(mode === "fake" ? [fakeBackend()] : [])],
  resolve: {
    alias: {
      // Unit tests need no Wasm; those that would reach it bring their own.
      "client-wasm": here(mode === "fake" || mode === "test" ? "dev/fake-client-wasm.ts" : "../client-wasm/pkg/client_wasm.js"),
    },
  },
  build: {
    outDir: "dist",
    target: "es2023",
    // The policy in `public/_headers` allows no `data:` URLs.
    assetsInlineLimit: 0,
    sourcemap: true,
    rolldownOptions: {
      input: { index: here("index.html"), "service-worker": here("src/service-worker/index.ts") },
      output: { entryFileNames: ({ name }) => (name === "service-worker" ? "service-worker.js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    // `cargo xtask dev` serves the API; the page then comes from here, with hot reload.
    proxy: { "/api": { target: process.env["MARU_URL"] ?? "http://127.0.0.1:8787", ws: true } },
    fs: { allow: [here("..")] },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
  },
}));
