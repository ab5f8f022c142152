// Shows pictures: as the browser does, or small ones from the service where it does not know their format.
"use strict";

const previews = new WeakMap(); // promises of data URLs, by file
let previewed = Promise.resolve(); // one after another: a preview is never urgent

const addresses = (files) => new Map([...files].map(([name, file]) => [name, URL.createObjectURL(file)]));

function forget(pictures) {
  for (const url of pictures.values()) URL.revokeObjectURL(url);
}

// Returns the picture of a file. set: the files and their pictures, by name.
function photo(name, alt, set = state) {
  const picture = Object.assign(image(set.pictures.get(name), alt), { decoding: "async" });
  picture.onerror = async () => {
    picture.onerror = null;
    const file = set.files.get(name);
    const url = file && (await preview(name, file));
    if (!url) return;
    set.pictures.set(name, url);
    picture.src = url;
  };
  return picture;
}

function preview(name, file) {
  if (!previews.has(file)) {
    previews.set(file, previewed.then(() => askPreview(name, file)));
    previewed = previews.get(file);
  }
  return previews.get(file);
}

async function askPreview(name, file) {
  const data = new FormData();
  data.append("files", file, name);
  const answer = await find("v1/previews", { method: "POST", body: data });
  const [url] = answer ? Object.values(answer.previews) : [];
  if (!url) previews.delete(file); // a busy service may be asked again
  return url;
}

// Returns a picture as a small JPEG in a data URL; null where it cannot be shown.
async function shrunk(source, side) {
  const picture = image(source, "");
  try {
    await picture.decode();
  } catch {
    return null;
  }
  const scale = Math.min(1, side / Math.max(picture.naturalWidth, picture.naturalHeight));
  const canvas = element("canvas");
  canvas.width = Math.max(1, Math.round(picture.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(picture.naturalHeight * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8);
}
