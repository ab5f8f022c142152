// Keeps the chosen pictures, has them sorted, and has draw.js show the answer. No other host is contacted.
"use strict";

const $ = (id) => document.getElementById(id);
// known: dates by file. answer: what the page shows.
const state = { files: new Map(), pictures: new Map(), known: new Map(), answer: null };

const filesForm = (files) => {
  const data = new FormData();
  for (const name of files) data.append("files", state.files.get(name), name);
  return data;
};

const filesOf = (group) => group.paintings.map((work) => work.file);
const datesOf = (dates, files) => new Map([...dates].filter(([name]) => files.includes(name)));
const choiceOf = (group) => group.section.querySelector(".override select").value;

// Returns the answer, each of its groups with the dates and the models that made it.
async function sortFiles(files, fields, signal) {
  const dates = datesOf(state.known, files);
  const data = filesForm(files);
  data.append("known", JSON.stringify(Object.fromEntries(dates)));
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  const { groups, rejected, models } = await post("v1/sort", data, { pictures: files.length, signal });
  return { groups: groups.map((group) => ({ ...group, dates: datesOf(dates, filesOf(group)), models })), rejected };
}

const sortSet = () => ask(async (signal) => {
  const mixed = $("mixed").checked;
  const answer = await sortFiles([...state.files.keys()], mixed ? { mixed } : {}, signal);
  state.answer = { ...answer, mixed, artists: await artists(signal) };
  draw();
}, settle);

// A group is stale where its painter or a date was changed since it was sorted.
function isStale(group) {
  const painter = group.artist.given ? group.artist.name : "";
  const dates = datesOf(state.known, filesOf(group));
  return choiceOf(group) !== painter || dates.size !== group.dates.size
    || [...dates].some(([name, date]) => group.dates.get(name) !== date);
}

// Sorts each stale group as works of the painter chosen for it, and leaves the other groups as they are.
const sortStale = () => ask(async (signal) => {
  for (const group of state.answer.groups.filter(isStale)) {
    const artist = choiceOf(group);
    const answer = await sortFiles(filesOf(group), artist ? { artist } : {}, signal);
    replaceGroup(group, answer.groups[0]);
  }
}, settle);

const sortAgain = () => (state.answer.mixed === $("mixed").checked ? sortStale() : sortSet());

// Says where the page does not show what was chosen.
function settle() {
  if (asking.request || !state.answer) return;
  const stale = state.answer.groups.filter(isStale);
  if (state.answer.mixed !== $("mixed").checked) {
    offerToSort($("mixed").checked ? "The works are of several painters now." : "The works are of one painter now.");
  } else if (stale.length) offerToSort(`You changed the painter or a date of ${stale.map(({ artist }) => heading(artist)).join(", ")}.`);
  else showStatus("");
}

const offerToSort = (change) => showStatus(`${change} Sort again to apply.`, { offer: ["Sort again", sortAgain] });

function choose(files) {
  reset();
  state.files = namedFiles(files);
  if (!state.files.size) return showStatus("Your selection contains no files.", { wrong: true });
  state.pictures = addresses(state.files);
  sortSet();
}

function reset() {
  abandon();
  forget(state.pictures);
  Object.assign(state, { files: new Map(), pictures: new Map(), known: new Map(), answer: null });
  $("results").hidden = true;
  document.body.classList.remove("sorted");
}

function download() {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([table(state.answer)], { type: "text/csv" }));
  link.download = "order.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

for (const id of ["files", "folder"]) {
  $(id).onchange = (event) => {
    const files = [...event.target.files];
    event.target.value = ""; // so that the same choice counts again
    if (files.length) choose(files);
  };
}
acceptDrops($("drop"), choose);
$("mixed").onchange = settle;
$("cancel").onclick = cancel;
$("csv").onclick = download;
$("token-form").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("oeuvre-token", $("token").value);
  $("token-form").hidden = true;
  asking.again();
};
