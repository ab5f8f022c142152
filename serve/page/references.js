// Fetches what the models learned from: the works of a painter, and their small pictures.
"use strict";

const learned = { works: new Map(), thumbnails: new Map() }; // promises by painter; data URLs by id, "" for none

// Returns the works of a painter that the models learned from; none where the service does not say.
function referencesOf(painter) {
  if (!learned.works.has(painter)) {
    const answer = find(`v1/references?artist=${encodeURIComponent(painter)}`);
    learned.works.set(painter, answer.then((given) => {
      if (!given) learned.works.delete(painter); // a busy service may be asked again
      return given ? given.works : [];
    }));
  }
  return learned.works.get(painter);
}

// Returns the pictures of works, by id.
async function thumbnailsOf(ids) {
  const missing = ids.filter((id) => !learned.thumbnails.has(id));
  if (missing.length) {
    const answer = await find(`v1/references/thumbnails?${missing.map((id) => `work=${encodeURIComponent(id)}`).join("&")}`);
    if (answer) for (const id of missing) learned.thumbnails.set(id, answer.thumbnails[id] || "");
  }
  return new Map(ids.map((id) => [id, learned.thumbnails.get(id)]));
}

const described = (columns) => Object.entries(columns).map(([name, text]) => `${name}: ${text}`).join("\n");

// Returns the title of a work in its catalogue's own columns; undefined where no column is named so.
const titleIn = (columns) => (Object.entries(columns).find(([name, text]) => text && /title/i.test(name)) || [])[1];

// The caption names the picture, so the picture itself needs no text.
function figure(picture, lines) {
  const node = element("figure");
  const caption = element("figcaption");
  caption.append(...lines.filter(Boolean).map((line) => element("span", line)));
  if (picture) node.append(picture);
  node.append(caption);
  return node;
}
