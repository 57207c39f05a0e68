import "./styles/tokens.css";
import "./styles/base.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Problem, SignedOut } from "./api/problem";
import { startI18n } from "./i18n";
import { startServiceWorker } from "./service-worker-client";
import { createServices } from "./services";
import { startLanguage } from "./view-models/preferences";
import { ServicesContext } from "./view-models/services";
import { PicturesContext } from "./view-models/use-picture";
import { App } from "./views/app";
import { Crash } from "./views/crash";

const RETRIES = 2;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // An answer that says no says it again; only silence and accidents are worth another try.
      retry: (failures, error) =>
        failures < RETRIES && !(error instanceof SignedOut) && !(error instanceof Problem && error.status < 500),
      staleTime: 30_000,
      // Without a network an answer that says so is better than none.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const services = createServices();
const root = document.getElementById("root");
if (root !== null) {
  await startI18n(startLanguage());
  void services.account.start();
  startServiceWorker();
  createRoot(root).render(
    <StrictMode>
      <Crash>
        <ServicesContext value={services}>
          <PicturesContext value={services.pictures}>
            <QueryClientProvider client={queries}>
              <App />
            </QueryClientProvider>
          </PicturesContext>
        </ServicesContext>
      </Crash>
    </StrictMode>,
  );
}
