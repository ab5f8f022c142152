// Has the chosen pictures sorted, and has draw.js show the answer. No other host is contacted.
"use strict";

const filesForm = (names, files) => {
  const data = new FormData();
  for (const name of names) data.append("files", files.get(name), name);
  return data;
};

const filesOf = (group) => group.paintings.map((work) => work.file);
const datesOf = (dates, files) => new Map([...dates].filter(([name]) => files.includes(name)));

// Returns the answer, each of its groups with the dates and the models that made it.
async function sortFiles(files, dates, fields, signal) {
  const names = [...files.keys()];
  const data = filesForm(names, files);
  data.append("known", JSON.stringify(Object.fromEntries(dates)));
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  const { groups, rejected, models } = await post("v1/sort", data, { pictures: names.length, signal });
  const choice = fields.artist || "";
  return { groups: groups.map((group) => ({ ...group, dates: datesOf(dates, filesOf(group)), models, choice })), rejected };
}

// Sorts the files of a state, which the page shows from then on.
const sortSet = (next, correction) => ask(async (signal) => {
  const mixed = $("mixed").checked;
  const pressed = document.activeElement === $("again"); // which then hides
  showStatus("Preparing …", { busy: true });
  const { files, rejected } = await withinLimits(next.files);
  const answer = await sortFiles(files, next.known, mixed ? { mixed } : {}, signal);
  const painters = await find("v1/artists", { headers: authorised(), signal });
  if (signal.aborted) return;
  remember(correction);
  answer.rejected.unshift(...rejected);
  Object.assign(state, next, { answer: { ...answer, mixed, artists: painters ? painters.artists : [] }, reopened: false });
  draw();
  announce(answer.groups);
  if (pressed) answer.groups[0].section.querySelector("h2").focus();
}, settle);

// A group is stale where its painter or a date was changed since it was sorted.
function isStale(group) {
  const painter = group.artist.given ? group.artist.name : "";
  const dates = datesOf(state.known, filesOf(group));
  return group.choice !== painter || dates.size !== group.dates.size
    || [...dates].some(([name, date]) => group.dates.get(name) !== date);
}

// Sorts each stale group as works of the painter chosen for it, and leaves the other groups as they are.
const sortStale = () => ask(async (signal) => {
  for (const group of state.answer.groups.filter(isStale)) {
    const names = filesOf(group);
    requirePictures(names);
    const files = new Map(names.map((name) => [name, state.files.get(name)]));
    const answer = await sortFiles(files, datesOf(state.known, names), group.choice ? { artist: group.choice } : {}, signal);
    replaceGroup(group, answer.groups[0]);
    announce(answer.groups);
  }
}, settle);

function sortAgain() {
  if (state.answer.mixed === $("mixed").checked) return sortStale();
  const { files, pictures, known } = state;
  const names = state.answer.groups.flatMap(filesOf);
  if (state.reopened) return ask(async () => requirePictures(names), settle);
  return sortSet({ files, pictures, known: datesOf(known, names) }, "the sorting of all works");
}

// Says where the page does not show what was chosen.
function settle() {
  if (asking.request || !state.answer) return;
  const stale = state.answer.groups.filter(isStale);
  if (state.answer.mixed !== $("mixed").checked) {
    offerToSort($("mixed").checked ? "The works are of several painters now." : "The works are of one painter now.");
  } else if (stale.length) offerToSort(`The painter or a date changed under “${stale.map(({ artist }) => heading(artist)).join("”, “")}”.`);
  else showStatus("");
}

const offerToSort = (change) => showStatus(`${change} Sort again to apply.`, { offer: ["Sort again", sortAgain] });

function choose(chosen) {
  if (chosen.length === 1 && SESSION_NAME.test(chosen[0].name)) return openSession(chosen[0]);
  const files = namedFiles(chosen);
  if (!files.size) return showStatus("Your selection contains no files.", { wrong: true });
  const pictures = addresses(files);
  if (!belongToSession(files)) return sortSet({ files, pictures, known: new Map() }, "the choice of other pictures");
  Object.assign(state, { files, pictures, reopened: false });
  draw();
  settle();
}

for (const id of ["files", "folder", "session"]) {
  $(id).onchange = (event) => {
    const files = [...event.target.files];
    event.target.value = ""; // so that the same choice counts again
    if (files.length && id === "session") openSession(files[0]);
    else if (files.length) choose(files);
  };
}
acceptDrops($("drop"), choose);
$("mixed").onchange = settle;
$("cancel").onclick = cancel;
$("csv").onclick = () => save("order.csv", table(state.answer), "text/csv");
$("save").onclick = saveSession;
$("print").onclick = () => window.print();
$("unfold").onclick = () => {
  const groups = state.answer.groups.map(({ section }) => section);
  const open = !groups.every((section) => section.open);
  for (const section of groups) section.open = open;
};
$("token-form").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("oeuvre-token", $("token").value);
  $("token-form").hidden = true;
  if (asking.again) asking.again();
};
learnLimits();
