import assert from "node:assert/strict";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, startTestRun } from "#test/support/keeper-runs";

/** The last question of each case. Answers come in the order of the questions, so behind this one nothing is open. */
const lastQuestion = "\x1bP+q544e\x1b\\";
const lastAnswer = "\x1bP0+r\x1b\\";

/** Writes questions, collects what comes back until the last one is answered, and prints it as JSON. */
const asker = (questions: readonly string[]) => [
  "node",
  "-e",
  `process.stdin.setRawMode(true);
   let got = "";
   process.stdin.on("data", (bytes) => {
     got += bytes.toString("latin1");
     if (!got.endsWith(${JSON.stringify(lastAnswer)})) return;
     process.stdout.write("\\r\\nANSWERS" + JSON.stringify(got) + "END");
     process.exit();
   });
   for (const question of ${JSON.stringify([...questions, lastQuestion])}) process.stdout.write(question);`,
];

describe("keeper: what programs ask their terminal", () => {
  let keeper: TestKeeper;
  before(async () => {
    keeper = await startKeeper();
  });
  after(() => keeper.stop());

  async function answers(questions: readonly string[]): Promise<string> {
    const [client, watching] = [await keeper.connect(), await keeper.connect()];
    const runId = await startTestRun(client, asker(questions));
    await watching.request({ type: "attach", runId, fromSeq: 1, creditBytes: 100_000 });
    await exitOf(client, runId);
    const found = /ANSWERS(.*)END/s.exec(client.output(runId).toString("latin1"))?.[1];
    client.close();
    watching.close();
    return JSON.parse(found ?? '""') as string;
  }

  const cases: { name: string; ask: string[]; expect: string }[] = [
    { name: "device attributes", ask: ["\x1b[c", "\x1b[>c"], expect: "\x1b[?1;2c\x1b[>0;276;0c" },
    {
      name: "status and cursor",
      ask: ["\x1b[5n", "ab\r\ncde\x1b[6n", "\x1b[?6n"],
      expect: "\x1b[0n\x1b[2;4R\x1b[?2;4R",
    },
    {
      name: "colours, each with the terminator it was asked with",
      ask: ["\x1b]10;?\x07", "\x1b]11;?\x1b\\", "\x1b]4;1;?;255;?\x07"],
      expect:
        "\x1b]10;rgb:cccc/cccc/cccc\x07\x1b]11;rgb:1f1f/1f1f/1f1f\x1b\\" +
        "\x1b]4;1;rgb:cdcd/3131/3131\x07\x1b]4;255;rgb:eeee/eeee/eeee\x07",
    },
    { name: "the terminal's name", ask: ["\x1b[>q"], expect: "\x1bP>|xterm.js(6.0.0)\x1b\\" },
    {
      name: "modes",
      ask: ["\x1b[?2004h\x1b[?2004$p", "\x1b[?25$p", "\x1b[4$p", "\x1b[?9999$p"],
      expect: "\x1b[?2004;1$y\x1b[?25;1$y\x1b[4;2$y\x1b[?9999;0$y",
    },
    { name: "the size", ask: ["\x1b[18t"], expect: "\x1b[8;24;80t" },
    {
      name: "nothing that it cannot do: kitty keys and pictures",
      ask: ["\x1b[?u", "\x1b_Gi=1,a=q;AAAA\x1b\\"],
      expect: "",
    },
    {
      name: "in the order of the questions, so that the last answer ends them",
      ask: ["\x1b[?u\x1b[6n\x1b]11;?\x07\x1b[?2026$p\x1b[c"],
      expect: "\x1b[1;1R\x1b]11;rgb:1f1f/1f1f/1f1f\x07\x1b[?2026;2$y\x1b[?1;2c",
    },
    {
      name: "also when a question is cut between two writes",
      ask: ["\x1b", "[", "6", "n", "\x1b]1", "0;?", "\x07"],
      expect: "\x1b[1;1R\x1b]10;rgb:cccc/cccc/cccc\x07",
    },
  ];
  for (const { name, ask, expect } of cases) {
    it(`are answered once: ${name}`, async () => {
      assert.equal(JSON.stringify(await answers(ask)), JSON.stringify(expect + lastAnswer));
    });
  }
});
