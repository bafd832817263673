import type { Run } from "#protocol/documents";
import type { App } from "../model/app-model";

/** Asks for the end of a run and says so. @returns whether the relay took it */
export async function cancelRun(app: App, run: Run): Promise<boolean> {
  const done = await app.attempt(async () => {
    await app.client.call("cancelRun", { params: { id: run.id } });
    return true;
  });
  if (done) app.notices.say(`Cancelling “${run.body.title}”. Its output stays.`);
  return done === true;
}
