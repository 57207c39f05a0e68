interface Policy {
  createScriptURL(input: string): string;
}

declare global {
  interface Window {
    /** Not in every browser, and not yet in TypeScript. */
    trustedTypes?: { createPolicy(name: string, rules: Policy): Policy };
  }
}

const ADDRESS = "/service-worker.js";

/**
 * Lets the page open without a network from now on. The content security policy knows one policy
 * of Trusted Types; it is made here, once, and answers with one address whatever it is asked.
 */
export function startServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const policy = window.trustedTypes?.createPolicy("service-worker", { createScriptURL: () => ADDRESS });
  const address = policy?.createScriptURL(ADDRESS) ?? ADDRESS;
  // The page works without it, as long as there is a network.
  navigator.serviceWorker.register(address, { updateViaCache: "none" }).catch(() => {});
}
