// Names the pictures that the user chooses or drops.
"use strict";

// Browsers escape these three characters when they send a name, and the service undoes that: so would it with a name
// that holds the escapes themselves.
const ESCAPED = { "%22": '"', "%0D": "\r", "%0A": "\n" };
const nameOf = (file) =>
  (file.path || file.webkitRelativePath || file.name).replace(/%22|%0D|%0A/g, (escape) => ESCAPED[escape]);

// Returns the files by name, with their folder, hidden ones left out. No name is given twice, nor one of `taken`.
function namedFiles(files, taken = new Map()) {
  const named = new Map();
  for (const file of files) {
    const name = nameOf(file);
    if (name.split("/").pop().startsWith(".")) continue;
    named.set(distinctName(name, (candidate) => named.has(candidate) || taken.has(candidate)), file);
  }
  return named;
}

function distinctName(name, isTaken) {
  const [, stem, ending] = name.match(/^(.+?)(\.[^./]*)?$/s);
  let candidate = name;
  for (let number = 2; isTaken(candidate); number += 1) candidate = `${stem} (${number})${ending || ""}`;
  return candidate;
}

// A dropped folder arrives as entries that must be walked; readEntries returns at most 100 at a time.
async function walk(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [Object.assign(file, { path: path + file.name })];
  }
  const reader = entry.createReader();
  const files = [];
  for (;;) {
    const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!entries.length) return files;
    for (const child of entries) files.push(...(await walk(child, `${path}${entry.name}/`)));
  }
}

// Files may be dropped anywhere on the page. A text or a link that is dropped does nothing, not even lead elsewhere.
function acceptDrops(zone, choose) {
  const hasFiles = (event) => [...event.dataTransfer.types].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); zone.classList.toggle("over", hasFiles(event)); });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => zone.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    // Read all items before the first await: the browser discards them afterwards.
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    if (!items.length) return;
    const dropped = items.map((item) => item.webkitGetAsEntry() || item.getAsFile());
    const files = [];
    try {
      for (const entry of dropped) files.push(...(entry instanceof File ? [entry] : await walk(entry)));
    } catch {
      return showStatus("Your browser cannot read what you dropped. Choose the files with the button instead.", { wrong: true });
    }
    choose(files);
  });
}
