/** Every command of the extension. A test holds the manifest against this table. */
export const commandIds = {
  answer: "baton.answerPrompt",
  cancelRun: "baton.cancelRun",
  check: "baton.checkAgents",
  choosePolicy: "baton.choosePolicy",
  connect: "baton.connect",
  disconnect: "baton.disconnect",
  menu: "baton.showMenu",
  openDashboard: "baton.openDashboard",
  pause: "baton.pause",
  resume: "baton.resume",
  showLog: "baton.showLog",
  showRun: "baton.showRun",
} as const;
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

/** The keys that the manifest's `when` clauses read. */
export const contextKeys = {
  /** A folder is open and trusted, so that something can run here. */
  ready: "baton.ready",
  /** A folder here is not connected to a relay. */
  canConnect: "baton.canConnect",
  connected: "baton.connected",
  paused: "baton.paused",
  hasRuns: "baton.hasRuns",
  hasOpenRuns: "baton.hasOpenRuns",
  asking: "baton.asking",
} as const;
