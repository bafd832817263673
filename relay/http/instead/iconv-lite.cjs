/**
 * Stands in the relay's bundle for `iconv-lite`, with which Express reads bodies: a megabyte of tables for the texts of
 * former decades. JSON is UTF-8 (RFC 8259, section 8.1), and Express answers 415 to what is none here.
 */
const { StringDecoder } = require("node:string_decoder");

const isUtf8 = (name) => /^utf-?8$/i.test(name);

exports.encodingExists = isUtf8;
exports.decode = (bytes) => bytes.toString("utf8").replace(/^\uFEFF/, "");
exports.getDecoder = (name) => {
  if (!isUtf8(name)) throw new Error(`Encoding not recognized: ${name}`);
  return new StringDecoder("utf8");
};
