// Asks the service, one question at a time: a newer one ends an older one, whose answer would replace a newer answer.
"use strict";

const asking = { request: null, again: null }; // the question in flight; how to put the last one again
const TOKEN_NEEDED = "This service asks for a token. The person who runs it can tell you the token. Enter it above.";

// The axis stays in sight below the status.
new ResizeObserver(() => {
  document.documentElement.style.setProperty("--status", `${$("status").offsetHeight}px`);
}).observe($("status"));

const authorised = () => {
  const token = sessionStorage.getItem("oeuvre-token");
  return token ? { Authorization: `Bearer ${token}` } : {};
};

// offer: the text of a button and what it does. numbers: how far it is, which is not read out.
function showStatus(message, { wrong = false, busy = false, offer = null, numbers = "" } = {}) {
  $("status").hidden = !message;
  $("status").className = wrong ? "wrong" : "";
  if ($("message").textContent !== message) $("message").textContent = message;
  $("numbers").textContent = numbers;
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
    showStatus(error.message, { wrong: true, offer: error.final ? null : ["Try again", asking.again] });
  }
}

function abandon() {
  if (asking.request) asking.request.abort();
  asking.request = null;
}

function cancel() {
  abandon();
  showStatus("Cancelled.", { offer: ["Try again", asking.again] });
  $("again").focus();
}

// An error that the same question would meet again.
const finalError = (message) => Object.assign(new Error(message), { final: true });

function failure(status, text) {
  if (status === 401) {
    $("token-form").hidden = false;
    return new Error(TOKEN_NEEDED);
  }
  try {
    return new Error(JSON.parse(text).error);
  } catch { // the error page of a proxy
    return new Error(`The service failed (status ${status}). Try again; if it fails again, tell the person who runs it.`);
  }
}

// XMLHttpRequest reports upload progress, which fetch does not.
function post(path, data, { pictures, signal }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted(); // an earlier abort fires no event here
    const request = new XMLHttpRequest();
    const began = Date.now();
    const say = (verb, numbers) => showStatus(`${verb} ${counted(pictures, "picture")} …`, { busy: true, numbers });
    let clock = null;
    request.open("POST", path);
    for (const [name, value] of Object.entries(authorised())) request.setRequestHeader(name, value);
    $("progress").removeAttribute("value");
    say("Sending", "");
    request.upload.onprogress = ({ loaded, total }) => {
      $("progress").max = total;
      $("progress").value = loaded;
      say("Sending", `${megabytes(loaded)} of ${megabytes(total)} MB`);
    };
    request.upload.onload = () => {
      const seconds = () => say("Analysing", `${Math.round((Date.now() - began) / 1000)} s`);
      $("progress").removeAttribute("value");
      seconds();
      clock = setInterval(seconds, 1000);
    };
    request.onloadend = () => clearInterval(clock);
    request.onerror = () => reject(new Error("The service cannot be reached. Does it still run?"));
    request.onload = () => {
      if (request.status !== 200) return reject(failure(request.status, request.responseText));
      try { resolve(JSON.parse(request.responseText)); } catch { reject(failure(request.status, "")); }
    };
    request.onabort = () => reject(new Error("Cancelled."));
    signal.onabort = () => { clearInterval(clock); request.abort(); };
    request.send(data);
  });
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

// Returns an answer, or null where the service gives none: what it says can be done without.
async function find(path, options = {}) {
  try {
    const answer = await fetch(path, { headers: authorised(), ...options });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
