/** What a text can name. */
export type Params = Record<string, string | number | boolean>;

export interface ErrorRow {
  /** The HTTP status of RFC 9457. */
  readonly status: number;
  /** What happened, what was not lost, what to do. */
  readonly text: (params: Params) => string;
}

/** One area of the table, by code. */
export type ErrorRows = Readonly<Record<string, ErrorRow>>;
