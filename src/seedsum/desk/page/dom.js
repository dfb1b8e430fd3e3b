// Elements out of data. Text is only ever set as text; nothing here makes markup of a string.

export const $ = (id) => document.getElementById(id);

/** An element with attributes (`null` and `false` leave one out), handlers (`onclick`) and children. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Text that only a screen reader says. */
export const hidden = (text) => el("span", { class: "hidden" }, text);

/** Says something to whoever looks and to whoever listens. */
export function say(text) {
  const place = $("say");
  place.textContent = ""; // the same again is said again
  requestAnimationFrame(() => { place.textContent = text; });
}

// Characters that have no shape of their own, and can turn round or hide what stands beside them.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u{e0000}-\u{e007f}\ud800-\udfff\u2028\u2029]/gu;

/** Nodes that show a text as it is: what cannot be seen is named. */
export function shown(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(UNSEEN)) {
    if (found.index > at) nodes.push(text.slice(at, found.index));
    const number = found[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    nodes.push(el("span", { class: "unseen" }, `⟦U+${number}⟧`));
    at = found.index + found[0].length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/** Nodes of a text with some places marked; places count code points, as Python does. */
export function marked(text, places) {
  if (!places.length) return shown(text);
  const points = Array.from(text);
  const nodes = [];
  let at = 0;
  for (const [start, end] of places) {
    if (start < at) continue;
    nodes.push(...shown(points.slice(at, start).join("")));
    nodes.push(el("mark", {}, ...shown(points.slice(start, end).join(""))));
    at = end;
  }
  nodes.push(...shown(points.slice(at).join("")));
  return nodes;
}

/** Nodes of an old and a new text in one. */
export function compared(pieces) {
  const names = { old: "del", new: "ins" };
  return pieces.map(({ kind, text }) => (names[kind] ? el(names[kind], {}, ...shown(text)) : el("span", {}, ...shown(text))));
}

/** Nodes of the new text alone; what differs stands out. */
export function other(pieces) {
  return pieces.filter(({ kind }) => kind !== "old").map(({ kind, text }) => el(kind === "new" && text.trim() ? "b" : "span", {}, ...shown(text)));
}

export const counted = (number, noun) => `${number || "no"} ${noun}${number === 1 ? "" : "s"}`;

/** A time as this machine writes it. */
export function when(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
