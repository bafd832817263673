/** Makes every picture of the README: `npm run pictures [-- FOLDER]`; default: docs/images. */
await import("./dashboard-picture");
await import("./build-picture");
await import("./editor-picture");

export {};
