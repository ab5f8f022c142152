// Shows the answer of /v1/sort: the painter, the works on a wall and along a time axis, and a dialog for one work.
"use strict";

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

const percent = (share) => `${Math.round(100 * share)} %`;
const shareItem = ({ name, share }) => element("li", `${name} ${percent(share)}`);

async function artists() {
  const answer = await fetch("v1/artists", { headers: authorised() });
  return answer.ok ? (await answer.json()).artists : [];
}

async function draw() {
  const { groups, rejected, models } = state.answer;
  const names = (await artists()).filter((artist) => artist.dated).map((artist) => artist.name);
  $("groups").replaceChildren(...groups.map((group) => drawGroup(group, names)));
  $("rejected").hidden = !rejected.length;
  $("rejected").querySelector("ul").replaceChildren(...rejected.map(({ file, reason }) => element("li", `${file}: ${reason}`)));
  $("models").textContent = `Models ${models.version}, trained on dataset ${models.dataset}`;
  $("results").hidden = false;
  document.body.classList.add("sorted");
}

function drawGroup(group, names) {
  const { artist, paintings } = group;
  const section = $("group").content.cloneNode(true).firstElementChild;
  const unknown = artist.verdict === "unknown" && !artist.given;
  section.querySelector("h2").textContent = unknown ? `Unknown painter, closest to ${artist.name}` : artist.name;
  section.querySelector(".verdict").textContent = artist.given
    ? `Sorted as you chose. The models give this painter ${percent(artist.confidence)}.`
    : `Confidence ${percent(artist.confidence)}; most likely painter of ${percent(artist.vote_share)} of the works.` +
      (unknown ? " Too low to name a painter." : "");
  const runners = artist.runners_up.slice(0, 4).map(shareItem);
  section.querySelector(".runners").replaceChildren(...runners);
  const choice = section.querySelector("select");
  choice.append(new Option("the most likely painter", ""), ...names.map((name) => new Option(name, name)));
  choice.value = artist.given ? artist.name : "";
  choice.onchange = () => { state.artist = choice.value; suggestSorting("The painter has changed. Sort again to apply."); };
  const axis = section.querySelector(".axis");
  section.querySelector(".wall").append(...paintings.map(hang));
  if (group.ordered) drawAxis(axis, paintings);
  else axis.append(...paintings.map((work) => drawRow(work, () => 0)));
  section.querySelector(".about").textContent = group.ordered
    ? `Dots are estimated years, bars 80 % intervals, squares dates you set. The order of works on the same gold line is ` +
      `not reliable. The models learned from dated works by this painter from ${group.first_year} to ${group.last_year}.` +
      (group.scope === "own" ? "" : " They are too few: this order rests on a trend shared by all painters and is little better than chance.")
    : "The models cannot date works by this painter. Choose another painter to sort them as.";
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
  const position = (year) => (100 * (year - first)) / (last - first);
  const step = [1, 2, 5, 10, 20, 50, 100, 500].find((size) => (last - first) / size <= 6);
  const scale = element("div");
  for (let mark = Math.ceil(first / step) * step; mark <= last; mark += step) {
    const tick = element("span", mark);
    tick.style.left = `${position(mark)}%`;
    scale.append(tick);
  }
  const ticks = element("div", undefined, "ticks");
  ticks.ariaHidden = "true";
  ticks.append(scale);
  axis.append(ticks);
  for (const works of Object.values(Object.groupBy(paintings, (work) => work.tie_group))) {
    const tie = element("div", undefined, works.length > 1 ? "tie several" : "tie");
    tie.append(...works.map((work) => drawRow(work, position)));
    if (works.length > 1) tie.prepend(element("p", `${works.length} works in uncertain order`, "tie-note"));
    axis.append(tie);
  }
}

function drawRow(work, position) {
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
    bar.style.left = `${position(work.low)}%`;
    bar.style.width = `${position(work.high) - position(work.low)}%`;
    dot.style.left = `${position(work.score)}%`;
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

// The catalogue's own columns show as a tooltip.
function nearestItem({ painting_id, date, similarity, columns }) {
  const item = element("li", `${date}: ${painting_id}, similarity ${percent(similarity)}`);
  item.title = Object.entries(columns).map(([name, text]) => `${name}: ${text}`).join("\n");
  return item;
}

function show(work) {
  state.open = work;
  $("work-picture").src = state.pictures.get(work.file) || "data:,";
  $("work-title").textContent = work.file;
  $("work-year").textContent = work.year === null ? "Not dated."
    : work.known ? `${state.known[work.file]}, as you set it.`
      : `About ${work.year}; 80 % interval ${Math.round(work.low)} to ${Math.round(work.high)}.`
        + (work.beyond ? " It extends beyond the years of the dated works." : "");
  $("date").value = state.known[work.file] ?? "";
  const nearest = work.nearest.map((dated) => nearestItem(dated));
  $("nearest").replaceChildren(...nearest);
  $("work-artists").replaceChildren(...work.artists.map(shareItem));
  $("work").showModal();
}
