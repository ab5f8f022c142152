// Asks the service, one question at a time: a newer one ends an older one, whose answer would replace a newer answer.
"use strict";

const asking = { request: null, again: null }; // the question in flight; how to put the last one again

const authorised = () => {
  const token = sessionStorage.getItem("oeuvre-token");
  return token ? { Authorization: `Bearer ${token}` } : {};
};

// offer: the text of a button and what it does.
function showStatus(message, { wrong = false, busy = false, offer = null } = {}) {
  $("status").hidden = !message;
  $("status").className = wrong ? "wrong" : "";
  $("message").textContent = message;
  $("progress").hidden = $("cancel").hidden = !busy;
  $("again").hidden = !offer;
  if (offer) [$("again").textContent, $("again").onclick] = offer;
}

// question: an asynchronous function of a signal, which is aborted when the question is taken back. done: what then.
async function ask(question, done) {
  abandon();
  const request = asking.request = new AbortController();
  asking.again = () => ask(question, done);
  try {
    await question(request.signal);
    asking.request = null;
    done();
  } catch (error) {
    if (request.signal.aborted) return;
    asking.request = null;
    showStatus(error.message, { wrong: true, offer: ["Try again", asking.again] });
  }
}

function abandon() {
  if (asking.request) asking.request.abort();
  asking.request = null;
}

function cancel() {
  abandon();
  showStatus("Cancelled.", { offer: ["Try again", asking.again] });
}

// XMLHttpRequest reports upload progress, which fetch does not.
function post(path, data, { pictures, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    for (const [name, value] of Object.entries(authorised())) request.setRequestHeader(name, value);
    showStatus(`Sending ${counted(pictures, "picture")} …`, { busy: true });
    request.upload.onprogress = ({ loaded, total }) => {
      $("progress").max = total;
      $("progress").value = loaded;
    };
    request.upload.onload = () => {
      $("progress").removeAttribute("value");
      showStatus(`Analysing ${counted(pictures, "picture")} …`, { busy: true });
    };
    request.onerror = () => reject(new Error("The service does not respond."));
    request.onload = () => {
      if (request.status === 200) return resolve(JSON.parse(request.responseText));
      $("token-form").hidden = request.status !== 401;
      let sentence = `The service answered ${request.status}.`;
      try { sentence = JSON.parse(request.responseText).error; } catch { /* the error page of a proxy */ }
      reject(new Error(sentence));
    };
    request.onabort = () => reject(new Error("Cancelled."));
    signal.onabort = () => request.abort();
    request.send(data);
  });
}

async function artists(signal) {
  const answer = await fetch("v1/artists", { headers: authorised(), signal });
  return answer.ok ? (await answer.json()).artists : [];
}
