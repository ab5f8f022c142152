// Keeps the chosen pictures, sends them to /v1/sort and has draw.js show the answer. No other host is contacted.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { files: new Map(), pictures: new Map(), known: {}, artist: "", answer: null, open: null };
const PICTURE = /\.(jpe?g|png|gif|tiff?|webp|bmp|ppm)$/i;

const authorised = () => {
  const token = sessionStorage.getItem("oeuvre-token");
  return token ? { Authorization: `Bearer ${token}` } : {};
};

function showStatus(message, { wrong = false, busy = false } = {}) {
  $("status").hidden = !message;
  $("status").className = wrong ? "wrong" : "";
  $("message").textContent = message;
  $("progress").hidden = !busy;
}

function form() {
  const data = new FormData();
  for (const [name, file] of state.files) data.append("files", file, name);
  data.append("known", JSON.stringify(state.known));
  if (state.artist) data.append("artist", state.artist);
  if ($("mixed").checked && !state.artist) data.append("mixed", "true");
  return data;
}

// XMLHttpRequest reports upload progress, which fetch does not.
function post(accept) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "v1/sort");
    request.setRequestHeader("Accept", accept);
    for (const [name, value] of Object.entries(authorised())) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      $("progress").max = total;
      $("progress").value = loaded;
    };
    request.upload.onload = () => {
      $("progress").removeAttribute("value");
      showStatus(`Analysing ${state.files.size} pictures …`, { busy: true });
    };
    request.onerror = () => reject(new Error("The service does not respond."));
    request.onload = () => {
      if (request.status === 200) return resolve(request.responseText);
      $("token-form").hidden = request.status !== 401;
      let sentence = `The service answered ${request.status}.`;
      try { sentence = JSON.parse(request.responseText).error; } catch { /* the error page of a proxy */ }
      reject(new Error(sentence));
    };
    request.send(form());
  });
}

async function sort() {
  if (!state.files.size) return;
  showStatus(`Sending ${state.files.size} pictures …`, { busy: true });
  $("again").disabled = true;
  try {
    state.answer = JSON.parse(await post("application/json"));
    await draw();
    showStatus("");
  } catch (error) {
    showStatus(error.message, { wrong: true });
    $("again").disabled = false;
  }
}

async function download() {
  try {
    const link = element("a");
    link.href = URL.createObjectURL(new Blob([await post("text/csv")], { type: "text/csv" }));
    link.download = "order.csv";
    link.click();
    URL.revokeObjectURL(link.href);
    showStatus("");
  } catch (error) {
    showStatus(error.message, { wrong: true });
  }
}

function choose(files) {
  reset();
  for (const file of files) {
    const name = file.path || file.webkitRelativePath || file.name;
    if (!name.split("/").pop().startsWith(".")) state.files.set(name, file);
  }
  if (!state.files.size) return showStatus("Your selection contains no files.", { wrong: true });
  for (const [name, file] of state.files) if (PICTURE.test(name)) state.pictures.set(name, URL.createObjectURL(file));
  sort();
}

function reset() {
  for (const url of state.pictures.values()) URL.revokeObjectURL(url);
  Object.assign(state, { files: new Map(), pictures: new Map(), known: {}, artist: "", answer: null });
  $("results").hidden = true;
  document.body.classList.remove("sorted");
  showStatus("");
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

function suggestSorting(message) {
  $("again").disabled = false;
  showStatus(message);
}

for (const id of ["files", "folder"]) {
  $(id).onchange = (event) => { if (event.target.files.length) choose(event.target.files); };
}
$("mixed").onchange = () => { if (state.answer) suggestSorting("Sort again to apply."); };
$("again").onclick = sort;
$("csv").onclick = download;
$("fix").onsubmit = (event) => {
  event.preventDefault();
  if ($("date").value.trim()) state.known[state.open.file] = $("date").value.trim();
  else delete state.known[state.open.file];
  $("work").close();
  suggestSorting(`The date of ${state.open.file} has changed. Sort again to apply.`);
};
$("token-form").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("oeuvre-token", $("token").value);
  $("token-form").hidden = true;
  sort();
};
const drop = $("drop");
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  // Read all items before the first await: the browser discards them afterwards.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const dropped = items.map((item) => item.webkitGetAsEntry() || item.getAsFile());
  const files = [];
  for (const entry of dropped) files.push(...(entry instanceof File ? [entry] : await walk(entry)));
  choose(files);
});
