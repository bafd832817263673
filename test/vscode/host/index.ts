import { writeFileSync } from "node:fs";
import Mocha from "mocha";

/**
 * What VS Code loads into its extension host: the suite, run by mocha, with a report in the file that the outer test
 * named. It rejects when a test failed, which makes the editor end with an error.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: "bdd", timeout: 30_000, forbidOnly: true });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  await import("#test/vscode/host/activation.host");
  await import("#test/vscode/host/links.host");
  await import("#test/vscode/host/manifest.host");
  const results: { title: string; error?: string }[] = [];
  const failures = await new Promise<number>((resolve) => {
    mocha
      .run(resolve)
      .on("pass", (test) => results.push({ title: test.fullTitle() }))
      .on("fail", (test, error: Error) =>
        results.push({ title: test.fullTitle(), error: error.stack ?? error.message }),
      );
  });
  const report = process.env.BATON_HOST_REPORT;
  if (report) writeFileSync(report, JSON.stringify(results));
  if (failures > 0) throw new Error(`${failures} tests failed`);
}
