/** Every command of the extension. A test holds the manifest against this table. */
export const commandIds = {
  answer: "baton.answerPrompt",
  attachToPrompt: "baton.attachToPrompt",
  buildProject: "baton.buildProject",
  cancelRun: "baton.cancelRun",
  check: "baton.checkAgents",
  choosePolicy: "baton.choosePolicy",
  closePreview: "baton.closePreview",
  connect: "baton.connect",
  copyPreviewLink: "baton.copyPreviewLink",
  copyRunLink: "baton.copyRunLink",
  disconnect: "baton.disconnect",
  exportRun: "baton.exportRun",
  getStarted: "baton.getStarted",
  hostRelay: "baton.hostRelay",
  menu: "baton.showMenu",
  newProject: "baton.newProject",
  newRun: "baton.newRun",
  openDashboard: "baton.openDashboard",
  openPreview: "baton.openPreview",
  openServer: "baton.openServer",
  openRunPanel: "baton.openRunPanel",
  pause: "baton.pause",
  queueAgain: "baton.queueAgain",
  queuePrompt: "baton.queuePrompt",
  reportProblem: "baton.reportProblem",
  restartServer: "baton.restartServer",
  resume: "baton.resume",
  revealRunFolder: "baton.revealRunFolder",
  sharePreview: "baton.sharePreview",
  shareRun: "baton.shareRun",
  setTunnelToken: "baton.setTunnelToken",
  showHostedRelay: "baton.showHostedRelay",
  showLog: "baton.showLog",
  showPort: "baton.showPort",
  showPreview: "baton.showPreview",
  showRun: "baton.showRun",
  showRunCode: "baton.showRunCode",
  signIn: "baton.signIn",
  signOut: "baton.signOut",
  startServer: "baton.startServer",
  stopHostedRelay: "baton.stopHostedRelay",
  stopServer: "baton.stopServer",
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
  /** A run is local, and its folder is connected to a relay. */
  canShare: "baton.canShare",
  asking: "baton.asking",
  /** Somebody is signed in at this editor, at some relay. */
  signedIn: "baton.signedIn",
  /** The relay that is hosted on this machine runs. */
  hosting: "baton.hosting",
  /** A relay where somebody is signed in knows a run that can be opened. */
  hasTeamRuns: "baton.hasTeamRuns",
  /** A port of this computer is shown to a team. */
  hasPreviews: "baton.hasPreviews",
  /** A preview can be looked at here: a port of this computer, or one that a relay tells of. */
  hasTeamPreviews: "baton.hasTeamPreviews",
  /** A dev server of this window is at work. */
  hasServers: "baton.hasServers",
  /** … and its port answers. */
  hasReadyServers: "baton.hasReadyServers",
  /** What was done once, in whichever window: the steps of the walkthrough. */
  didRun: "baton.didRun",
  didConnect: "baton.didConnect",
  didChoosePolicy: "baton.didChoosePolicy",
  didWatch: "baton.didWatch",
} as const;
