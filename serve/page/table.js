// Writes what the page shows as the CSV that the service would write of it (as_csv in serve/table.py).
"use strict";

const COLUMNS = [
  "file", "position", "tie_group", "score", "year", "low", "high", "edtf", "known", "beyond", "artist_probability",
  "doubt",
];
const MORE = ["artist", "verdict", "given", "known_probability", "outlier", "in_catalogue", "rejected"];

function table({ groups, rejected }) {
  const works = groups.flatMap((group) => group.paintings.map((work) => tableRow(work, group)));
  const rows = [...works, ...rejected.map(({ file, reason }) => ({ file, rejected: reason }))];
  const header = [...new Set([...COLUMNS, ...MORE, ...rows.flatMap(Object.keys)])];
  const lines = [header, ...rows.map((row) => header.map((name) => row[name]))];
  return "\ufeff" + lines.map((cells) => cells.map(tableCell).join(",") + "\r\n").join(""); // Excel needs the mark
}

function tableRow(work, { artist }) {
  const row = Object.fromEntries(COLUMNS.map((name) => [name, work[name]]));
  const { verdict, given, known_probability } = artist;
  Object.assign(row, { artist: artist.name, verdict, given, known_probability });
  Object.assign(row, { outlier: work.outlier, in_catalogue: work.in_catalogue && work.in_catalogue.painting_id });
  if (!work.nearest.length) return row;
  const [{ painting_id, date, similarity, columns }] = work.nearest;
  Object.assign(row, { "nearest": painting_id, "nearest date": date, "nearest similarity": similarity });
  for (const [name, text] of Object.entries(columns)) row[`nearest ${name}`] = text;
  return row;
}

// A text that begins like a formula gets an apostrophe, so that no spreadsheet runs it.
function tableCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  const text = typeof value === "string" && /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
