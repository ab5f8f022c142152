// Draws the answer of /v1/sort: the painter, the works on a wall and along a time axis, one work in its dialog.
"use strict";

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

const percent = (share) => `${Math.round(100 * share)} %`;
async function artists() {
  const answer = await fetch("v1/artists", { headers: authorised() });
  return answer.ok ? (await answer.json()).artists : [];
}

async function draw() {
  const { groups, rejected, models } = state.answer;
  const names = (await artists()).filter((one) => one.dated).map((one) => one.name);
  $("groups").replaceChildren(...groups.map((group) => drawGroup(group, names)));
  $("rejected").hidden = !rejected.length;
  $("rejected").querySelector("ul").replaceChildren(...rejected.map((one) => element("li", `${one.file}: ${one.reason}`)));
  $("models").textContent = `Models ${models.version}, trained on dataset ${models.dataset}.`;
  $("results").hidden = false;
  document.body.classList.add("sorted");
}

function drawGroup(group, names) {
  const { artist, paintings } = group;
  const section = $("group").content.cloneNode(true).firstElementChild;
  const unknown = artist.verdict === "unknown" && !artist.given;
  section.querySelector("h2").textContent = unknown ? `Unknown painter, nearest to ${artist.name}` : artist.name;
  section.querySelector(".verdict").textContent = artist.given
    ? `Sorted as you asked; the models give this name ${percent(artist.confidence)}.`
    : `Confidence ${percent(artist.confidence)}; likeliest name of ${percent(artist.vote_share)} of the works.` +
      (unknown ? " Too little to name a painter." : "");
  const runners = artist.runners_up.slice(0, 4).map((one) => element("li", `${one.name} ${percent(one.share)}`));
  section.querySelector(".runners").replaceChildren(...runners);
  const choice = section.querySelector("select");
  choice.append(new Option("the likeliest painter", ""), ...names.map((name) => new Option(name, name)));
  choice.value = artist.given ? artist.name : "";
  choice.onchange = () => { state.artist = choice.value; changed("Painter changed: sort again."); };
  const axis = section.querySelector(".axis");
  section.querySelector(".wall").append(...paintings.map(hang));
  if (group.ordered) drawAxis(axis, paintings);
  else axis.append(...paintings.map((work) => drawRow(work, () => 0)));
  section.querySelector(".about").textContent = group.ordered
    ? `Dots are estimated years, bars 80 % intervals, squares years you gave. Works with a common gold line have no ` +
      `supported order among themselves. Dated works of this painter are known from ${group.first_year} to ${group.last_year}.` +
      (group.scope === "own" ? "" : " They are too few to learn from: this order is by what all painters have in common, little better than chance.")
    : "The models cannot date this painter's works; choose another painter to sort them as.";
  return section;
}

const year = (work) => (work.year === null ? "no year" : `${work.known ? "" : "about "}${work.year}`);

function hang(work) {
  const frame = element("button");
  const picture = element("img");
  Object.assign(picture, { src: state.pictures.get(work.file) || "data:,", alt: work.file });
  frame.append(picture, element("span", year(work)));
  frame.onclick = () => show(work);
  const item = element("li");
  item.append(frame);
  return item;
}

function drawAxis(axis, paintings) {
  const first = Math.min(...paintings.map((work) => work.low)) - 1;
  const last = Math.max(...paintings.map((work) => work.high)) + 1;
  const place = (year) => (100 * (year - first)) / (last - first);
  const step = [1, 2, 5, 10, 20, 50, 100, 500].find((size) => (last - first) / size <= 6);
  const scale = element("div");
  for (let mark = Math.ceil(first / step) * step; mark <= last; mark += step) {
    const tick = element("span", mark);
    tick.style.left = `${place(mark)}%`;
    scale.append(tick);
  }
  const ticks = element("div", undefined, "ticks");
  ticks.ariaHidden = "true";
  ticks.append(scale);
  axis.append(ticks);
  for (const works of Object.values(Object.groupBy(paintings, (work) => work.tie_group))) {
    const tie = element("div", undefined, works.length > 1 ? "tie several" : "tie");
    tie.append(...works.map((work) => drawRow(work, place)));
    if (works.length > 1) tie.prepend(element("p", `${works.length} works whose order is open`, "tie-note"));
    axis.append(tie);
  }
}

function drawRow(work, place) {
  const row = element("button", undefined, work.known ? "row known" : "row");
  const picture = element("img");
  Object.assign(picture, { src: state.pictures.get(work.file) || "data:,", alt: "" });
  const text = element("span");
  text.append(element("b", year(work)));
  text.append(element("span", work.file, "name"));
  row.append(picture, text);
  if (work.year !== null) {
    const span = element("span", undefined, "span");
    const [bar, dot] = [element("i"), element("u")];
    bar.style.left = `${place(work.low)}%`;
    bar.style.width = `${place(work.high) - place(work.low)}%`;
    dot.style.left = `${place(work.score)}%`;
    span.append(bar, dot);
    row.append(span);
    row.ariaLabel = `${work.position}. ${work.file}, ${work.year}, between ${work.low} and ${work.high}`;
  }
  row.onclick = () => show(work);
  const item = element("div");
  item.setAttribute("role", "listitem");
  item.append(row);
  return item;
}

function show(work) {
  state.open = work;
  $("work-picture").src = state.pictures.get(work.file) || "data:,";
  $("work-title").textContent = work.file;
  $("work-year").textContent = work.year === null ? "Not dated."
    : work.known ? `${work.year}, as you said.`
      : `About ${work.year}; 80 % sure of ${Math.round(work.low)} to ${Math.round(work.high)}.`
        + (work.beyond ? " That reaches beyond the years of the dated works." : "");
  $("year").value = state.known[work.file] ?? "";
  const nearest = work.nearest.map((one) => element("li", `${one.year}: ${one.painting_id}, similarity ${percent(one.similarity)}`));
  $("nearest").replaceChildren(...nearest);
  $("work-artists").replaceChildren(...work.artists.map((one) => element("li", `${one.name} ${percent(one.share)}`)));
  $("work").showModal();
}
