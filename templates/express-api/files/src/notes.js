import { Router } from "express";

/** Notes, kept in memory: they are gone when the server ends. */
export function notes() {
  const router = Router();
  const all = new Map();
  let lastId = 0;

  router.get("/", (_request, response) => {
    response.json([...all.values()]);
  });

  router.post("/", (request, response) => {
    const text = request.body?.text;
    if (typeof text !== "string" || text.trim() === "") {
      response.status(400).json({ error: "A note needs a text." });
      return;
    }
    const note = { id: ++lastId, text: text.trim(), createdAt: new Date().toISOString() };
    all.set(note.id, note);
    response.status(201).json(note);
  });

  router.delete("/:id", (request, response) => {
    const isGone = all.delete(Number(request.params.id));
    if (isGone) response.status(204).end();
    else response.status(404).json({ error: "There is no such note." });
  });

  return router;
}
