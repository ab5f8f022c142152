// Leaves out the files that the service would not take, before they are sent.
"use strict";

const MEBIBYTE = 2 ** 20;
let limits = null; // of the service; null while they are not known

async function learnLimits() {
  if (!limits) limits = await find("v1/limits");
}

// Returns the files to send, by name, and those that are too large as rejected ones. Throws for too many, or too much.
async function withinLimits(files) {
  await learnLimits();
  if (!limits) return { files, rejected: [] };
  const { files: most, file_mib, request_mib } = limits;
  const fits = ([, file]) => file.size <= file_mib * MEBIBYTE;
  const kept = new Map([...files].filter(fits));
  const reason = `larger than ${file_mib} MiB; save a smaller copy`;
  const rejected = [...files].filter((entry) => !fits(entry)).map(([file]) => ({ file, reason }));
  const size = [...kept.values()].reduce((sum, file) => sum + file.size, 0) / MEBIBYTE;
  if (kept.size > most) throw finalError(`These are ${kept.size} files; the service takes ${most} at once. Choose fewer, such as one painter’s works.`);
  if (size > request_mib) throw finalError(`These files are ${Math.ceil(size)} MiB; the service takes ${request_mib} MiB at once. Choose fewer, or save smaller copies.`);
  if (!kept.size) throw finalError(`${rejected[0].file} is ${reason}.`);
  return { files: kept, rejected };
}
