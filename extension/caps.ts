/** The caps of the extension, each with its unit. Those of the wire stand in `#protocol/caps`. */

const KiB = 1024;

/** A terminal grants the keeper what it has shown this often … */
export const creditEveryMs = 20;
/** … and at most this much at a time, so that a flood does not fill the editor's own queue (3 MB/s). */
export const maxCreditStepBytes = 64 * KiB;
/** A terminal that used up its credit without a pause for this long skips to the newest screen. */
export const maxBehindMs = 1_000;
/** Keystrokes that wait while the keyboard is being taken. */
export const maxWaitingInputBytes = 64 * KiB;
/** A screen that is shown in part is drawn again this often. */
export const screenPartMs = 40;
/** A prompt in a notification is cut to this. */
export const maxShownPromptLength = 300;
/** Terminals of runs that are over; beyond them the oldest is closed, and the view opens it again. */
export const maxEndedTerminals = 8;
/** A folder that could not be opened is tried again after this time. */
export const openFolderAgainMs = 5_000;
/** A relay that is started here answers within this time … */
export const hostStartMs = 20_000;
/** One behind a tunnel waits for that; … */
export const hostTunnelStartMs = 75_000;
/** … and has ended this long after it was told to. */
export const hostStopMs = 8_000;
export const hostPollMs = 50;
/** One that ended at once may have met another that is starting, which answers within this time. */
export const hostOtherMs = 1_500;
/** Of what a relay said that did not start. */
export const maxHostFailureLength = 400;
/** How long signing out waits for the relay to revoke the token. */
export const signOutMs = 5_000;
/** Diagnostics count as settled when none came for this long … */
export const diagnosticsQuietMs = 400;
/** … or after this time. */
export const maxDiagnosticsWaitMs = 1_200;
/** What a window that is loaded again knows of its files counts from this long after its start. */
export const languagesReadyMs = 10_000;
/** Tasks that ended in this window and that a run's evidence may still name. */
export const maxEndedTasks = 200;
/** One attachment of a prompt is cut to this. */
export const maxAttachmentLength = 32 * KiB;
/** Problems that are listed in a prompt. */
export const maxAttachedProblems = 100;
/** What takes longer says so in the status bar. */
export const progressAfterMs = 500;
/** The end of the log that a report of a problem shows. */
export const maxReportedLogBytes = 64 * KiB;
export const maxReportedLogLines = 200;
/** How often it is looked whether a one-time link that is shown was used. */
export const linkCheckMs = 2_000;
/** The document of a run that is shown without a relay is told at most this often. */
export const changedEveryMs = 100;
/** A page of a panel that does not say that it has loaded keeps the next one waiting for this long. */
export const panelLoadMs = 10_000;
/** Changes of a busy team are shown at most this often. */
export const teamChangedEveryMs = 100;
/** Ports that the person has allowed to be shown, of one folder; beyond them the oldest is asked about again. */
export const maxAllowedPorts = 64;
/** Questions about ports of one folder that are shown at the same time; who asks for another port is refused. */
export const maxPortQuestions = 3;
/** From the first change of a file that tells of projects to the look for them; an install writes many. */
export const projectsAfterMs = 1_000;
/** Files of a template that a question about them names, of each kind. */
export const maxListedFiles = 12;
/** Folders of a folder that are looked into for whether they are empty. */
export const maxListedPlaces = 50;
/** Between two writes of secrets: an editor in a browser takes some milliseconds to seal what it keeps. */
export const secretsSettleMs = 500;
