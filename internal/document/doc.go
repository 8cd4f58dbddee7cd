// Package document reads the documents that people agree on: scoring
// models, funnels, agreements, calendars.
//
// [Decode] is stricter than encoding/json and answers better. Unknown and
// repeated keys, null, data after the end, invalid UTF-8 and keys that differ
// only in case are errors, and every mistake is reported at once, each with its
// path into the document and its line and column.
//
// [ParseDuration] and [FormatDuration] are the way in which all documents write
// spans of time, and [Suggest] finds the name that an author may have meant.
package document
