// The page keeps the chosen pictures, sends them to /v1/sort and lets draw.js draw the answer. Nothing else is asked.
"use strict";

const $ = (id) => document.getElementById(id);
const state = { files: new Map(), pictures: new Map(), known: {}, artist: "", answer: null, open: null };
const PICTURE = /\.(jpe?g|png|gif|tiff?|webp|bmp|ppm)$/i;

const authorised = () => {
  const token = sessionStorage.getItem("oeuvre-token");
  return token ? { Authorization: `Bearer ${token}` } : {};
};

function say(message, { wrong = false, busy = false } = {}) {
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

// XMLHttpRequest tells how much has been sent, which fetch does not.
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
      say(`Looking at ${state.files.size} pictures …`, { busy: true });
    };
    request.onerror = () => reject(new Error("The service does not answer."));
    request.onload = () => {
      if (request.status === 200) return resolve(request.responseText);
      $("token-form").hidden = request.status !== 401;
      let sentence = `The service answered ${request.status}.`;
      try { sentence = JSON.parse(request.responseText).error; } catch { /* a proxy's own page */ }
      reject(new Error(sentence));
    };
    request.send(form());
  });
}

async function sort() {
  if (!state.files.size) return;
  say(`Sending ${state.files.size} pictures …`, { busy: true });
  $("again").disabled = true;
  try {
    state.answer = JSON.parse(await post("application/json"));
    await draw();
    say("");
  } catch (error) {
    say(error.message, { wrong: true });
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
    say("");
  } catch (error) {
    say(error.message, { wrong: true });
  }
}

function take(files) {
  forget();
  for (const file of files) {
    const name = file.path || file.webkitRelativePath || file.name;
    if (!name.split("/").pop().startsWith(".")) state.files.set(name, file);
  }
  if (!state.files.size) return say("There is no file in what you gave.", { wrong: true });
  for (const [name, file] of state.files) if (PICTURE.test(name)) state.pictures.set(name, URL.createObjectURL(file));
  sort();
}

function forget() {
  for (const url of state.pictures.values()) URL.revokeObjectURL(url);
  Object.assign(state, { files: new Map(), pictures: new Map(), known: {}, artist: "", answer: null });
  $("results").hidden = true;
  document.body.classList.remove("sorted");
  say("");
}

// A dropped folder comes as entries that must be walked; readEntries gives at most 100 at a time.
async function walk(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [Object.assign(file, { path: path + file.name })];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(...(await walk(one, `${path}${entry.name}/`)));
  }
}

function changed(message) {
  $("again").disabled = false;
  say(message);
}

for (const id of ["files", "folder"]) {
  $(id).onchange = (event) => { if (event.target.files.length) take(event.target.files); };
}
$("mixed").onchange = () => { if (state.answer) changed("Sort again to apply."); };
$("again").onclick = sort;
$("csv").onclick = download;
$("fix").onsubmit = (event) => {
  event.preventDefault();
  if ($("year").value) state.known[state.open.file] = Number($("year").value);
  else delete state.known[state.open.file];
  $("work").close();
  changed(`${state.open.file} changed: sort again.`);
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
  // All items must be read before the first await, after which the browser forgets them.
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const given = items.map((item) => item.webkitGetAsEntry() || item.getAsFile());
  const found = [];
  for (const one of given) found.push(...(one instanceof File ? [one] : await walk(one)));
  take(found);
});
