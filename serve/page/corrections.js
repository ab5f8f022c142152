// What the user corrects: dates, painters, the choice of pictures. Each can be undone.
"use strict";

// known: dates by file. answer: what the page shows. reopened: whether it comes from a saved session, whose pictures are
// small ones. saved: whether nothing changed since it was saved.
const state = { files: new Map(), pictures: new Map(), known: new Map(), answer: null, reopened: false, saved: true };
const past = []; // states before each correction, with the name of the correction
const MOST_PAST = 50;

// Keeps the present state, so that the correction that follows can be undone.
function remember(correction) {
  state.saved = false;
  if (!state.answer) return;
  const groups = state.answer.groups.map((group) => ({ ...group }));
  past.push({ correction, state: { ...state, known: new Map(state.known), answer: { ...state.answer, groups } } });
  if (past.length > MOST_PAST) past.shift();
  showUndo();
}

function undo() {
  abandon();
  Object.assign(state, past.pop().state);
  $("mixed").checked = state.answer.mixed;
  draw();
  showUndo();
  settle();
}

function showUndo() {
  const last = past[past.length - 1];
  $("undo").setAttribute("aria-disabled", !last);
  $("undo").textContent = last ? `Undo: ${last.correction}` : "Undo";
}

function setDate(file, date) {
  if (date === (state.known.get(file) || "")) return;
  remember(`date of ${file}`);
  if (date) state.known.set(file, date);
  else state.known.delete(file);
  settle();
}

function choosePainter(group, painter) {
  const number = state.answer.groups.indexOf(group);
  remember(`painter ${painter || "chosen"}`);
  state.answer.groups[number].choice = painter;
  settle();
}

$("undo").onclick = () => { if (past.length) undo(); };
