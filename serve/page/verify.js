// Asks /v1/verify whether the works of a group are by a painter, or by the hand that made others, and shows the answer.
"use strict";

function prepareVerification(group) {
  const form = group.section.querySelector(".verify form");
  const { artist, question, prior } = form.elements;
  const others = { files: new Map() };
  artist.append(...state.answer.artists.map(({ name }) => new Option(name, name)));
  artist.value = group.artist.name;
  artist.onchange = () => { question.value = "artist"; };
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.onchange = () => {
      if (!input.files.length) return;
      others.files = namedFiles([...input.files], state.files);
      question.value = "against";
      form.querySelector(".chosen").textContent = `${counted(others.files.size, "file")} chosen`;
      input.value = "";
    };
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    if (question.value === "artist") return verify(group, { artist: artist.value, prior: prior.value / 100 });
    if (others.files.size) return verify(group, { against: others.files, prior: prior.value / 100 });
    showStatus("Choose the pictures of the other works first.", { wrong: true });
  };
}

function verify(group, { artist, against = new Map(), prior }) {
  const names = filesOf(group);
  return ask(async (signal) => {
    requirePictures(names);
    const data = filesForm(names, state.files);
    if (artist) data.append("artist", artist);
    for (const [name, file] of against) data.append("against", file, name);
    data.append("prior", prior);
    const answer = await post("v1/verify", data, { pictures: names.length + against.size, signal });
    drawVerification(group, answer, against);
  }, settle);
}

function drawVerification(group, answer, against) {
  const part = (selector) => group.section.querySelector(`.verify ${selector}`);
  if (group.against) forget(group.against.pictures);
  group.against = { files: against, pictures: addresses(against) };
  const question = answer.artist ? `Probability that ${answer.artist} painted ${answer.works.length > 1 ? "them" : "it"}`
    : "Probability that one hand made both sets";
  const note = "No answer is proof of who painted something: a pupil, a copyist or a forger resembles the painter too.";
  part(".said").replaceChildren(
    element("p", `${question}: ${percent(answer.probability)}`, "probability"),
    ...answer.sentences.map((sentence) => element("p", sentence)),
    element("p", note, "note"),
  );
  part(".left-out").replaceChildren(...answer.rejected.map(problemItem));
  const source = { ...answer, against: group.against };
  part(".cases").replaceChildren(...answer.works.map((work) => drawCase(work, source)));
  part(".cases").hidden = false;
}

// A work between the nearest works for and against.
function drawCase(work, source) {
  const item = element("li", undefined, "case");
  const asked = figure(photo(work.file, ""), [percent(work.probability), "for this work alone", work.file]);
  asked.className = "asked";
  const supporting = source.artist ? `Nearest by ${source.artist}` : "Nearest of the other works";
  item.append(asked, drawNear(supporting, work.supporting, source), drawNear(source.artist ? "Nearest by others" : "Nearest in the catalogue", work.opposing, source));
  return item;
}

function drawNear(title, near, { thumbnails, against }) {
  const side = element("div", undefined, "near");
  const shown = near.map(({ work, artist, date, columns }) => {
    const lines = artist ? [artist, date, titleIn(columns) || work] : [work];
    const picture = artist ? thumbnails[work] && image(thumbnails[work], "") : photo(work, "", against);
    const one = figure(picture, lines);
    one.title = described(columns);
    return one;
  });
  side.append(element("p", title, "small"), ...shown);
  return side;
}
