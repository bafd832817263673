/**
 * Stands in the relay's bundle for `iconv-lite`, with which Express reads bodies: a megabyte of tables for the texts of
 * former decades. JSON is UTF-8 (RFC 8259, section 8.1), and Express answers 415 to what is none here.
 */
const isUtf8 = (name) => /^utf-?8$/i.test(name);

exports.encodingExists = isUtf8;
exports.decode = (bytes) => new TextDecoder().decode(bytes);
exports.getDecoder = (name) => {
  if (!isUtf8(name)) throw new Error(`Encoding not recognized: ${name}`);
  const decoder = new TextDecoder();
  return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
};
