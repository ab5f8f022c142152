// Saves what the page shows to a file, with small pictures, and opens such a file again.
"use strict";

const SESSION = "oeuvre session 1";
const SMALL = 480; // pixels of the longer side of a saved picture
const SESSION_NAME = /\.oeuvre\.json$/i;

function save(name, content, type) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function saveSession() {
  const { answer, pictures } = state;
  const groups = answer.groups.map(({ section, against, dates, ...group }) => ({ ...group, dates: [...dates] }));
  const session = { format: SESSION, answer: { ...answer, groups }, known: [...state.known] };
  state.saved = true; // unless something changes while the pictures are made small
  const small = [];
  for (const file of groups.flatMap(filesOf)) small.push([file, await shrunk(pictures.get(file), SMALL)]);
  session.pictures = small.filter(([, url]) => url);
  save("sorted.oeuvre.json", JSON.stringify(session), "application/json");
}

async function openSession(file) {
  try {
    const { format, answer, known, pictures } = JSON.parse(await file.text());
    if (format !== SESSION) throw new Error("another format");
    const groups = answer.groups.map((group) => ({ ...group, dates: new Map(group.dates) }));
    const shown = pictures.filter(([, url]) => url.startsWith("data:image/jpeg;base64,"));
    const kept = { files: new Map(), pictures: new Map(shown), known: new Map(known), answer: { ...answer, groups } };
    abandon(); // an answer that is still to come would replace the session
    remember("opening a session");
    Object.assign(state, kept, { reopened: true, saved: true });
    $("mixed").checked = answer.mixed;
    draw();
    showStatus("");
    $("finished").textContent = `Opened ${file.name}.`;
  } catch {
    showStatus(`${file.name} is not a session that this page saved.`, { wrong: true });
  }
}

// Returns whether these are the pictures of the session that is open, which the file has only small.
function belongToSession(files) {
  return state.reopened && state.answer.groups.flatMap(filesOf).every((name) => files.has(name));
}

function requirePictures(files) {
  if (files.some((name) => !state.files.has(name))) throw finalError("A saved session holds only small pictures. Choose the same pictures again, then sort again.");
}

window.addEventListener("beforeunload", (event) => {
  if (!state.answer || state.saved) return;
  event.preventDefault();
  event.returnValue = true; // which older browsers ask for
});
