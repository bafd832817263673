import express from "express";
import { notes } from "./notes.js";

/** The whole API, without a port: tests start it on one of their own. */
export function createApp() {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: "100kb" }));

  app.get("/", (_request, response) => {
    response.json({ name: "{{project-name}}", routes: ["/health", "/notes"] });
  });
  app.get("/health", (_request, response) => {
    response.json({ ok: true });
  });
  app.use("/notes", notes());

  app.use((_request, response) => {
    response.status(404).json({ error: "There is nothing at this address." });
  });
  app.use((error, _request, response, _next) => {
    const status = error.status ?? 500;
    if (status >= 500) console.error(error);
    response.status(status).json({ error: status >= 500 ? "Something went wrong." : error.message });
  });
  return app;
}
