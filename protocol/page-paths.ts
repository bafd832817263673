/** Where the relay itself answers at a preview's host, for the pages there. */
export const pagePaths = {
  /** What the relay puts into pages that stand in a frame. */
  script: "/.baton/page.js",
  /** Draws a page; loaded when somebody asks for a picture. */
  picture: "/.baton/picture.js",
  /** 204 when the preview's server answers. */
  state: "/.baton/state",
} as const;
