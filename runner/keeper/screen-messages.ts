/** What the keeper and its screen worker say to each other. `run` numbers a screen for as long as the worker lives. */
export type ToWorker =
  | { readonly type: "open"; readonly run: number; readonly cols: number; readonly rows: number }
  /** The output of all records up to `seq`. */
  | { readonly type: "output"; readonly run: number; readonly seq: number; readonly bytes: Uint8Array }
  | {
      readonly type: "resize";
      readonly run: number;
      readonly seq: number;
      readonly cols: number;
      readonly rows: number;
    }
  | { readonly type: "ask"; readonly run: number; readonly id: number; readonly sequence: string }
  | { readonly type: "snapshot"; readonly run: number; readonly id: number }
  /** A last picture, then the screen is let go. */
  | { readonly type: "close"; readonly run: number; readonly id: number };

export type FromWorker =
  | { readonly type: "read"; readonly run: number; readonly bytes: number }
  | { readonly type: "answer"; readonly run: number; readonly id: number; readonly text: string }
  | {
      readonly type: "picture";
      readonly run: number;
      readonly id: number | undefined;
      readonly picture: Picture | undefined;
    }
  | { readonly type: "failed"; readonly run: number; readonly reason: string };

export interface Picture {
  readonly seq: number;
  readonly cols: number;
  readonly rows: number;
  readonly bytes: Uint8Array;
}
