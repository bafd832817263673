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
