
"use strict";
// All text comes out of the data as text: nothing here makes markup of a string.
const rows = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filters");
const body = document.querySelector("tbody");
const more = document.getElementById("more");
const COLUMNS = [
  ["title", "Article"], ["status", "Status"], ["language", "Language"], ["num", "Flags"],
  ["why", "Why"], ["day", "Day"], ["changed", "Last run"],
];
const FILTERS = {
  status: (row) => [row.status],
  language: (row) => [row.language || NONE],
  flag: (row) => row.flags || [],
  day: (row) => [row.day || NONE],
  changed: (row) => (row.changed ? [ANY, ...row.changed.split(", ")] : []),
};
const CHARTS = [["status", "By status"], ["language", "By language"], ["flag", "By flag"], ["day", "By day of the article"]];
const NONE = "(not stated)";
const ANY = "changed";
const NUM_BARS = 8;
const NUM_ROWS = 200;

rows.forEach((row, place) => {
  row.place = place;
  row.text = [row.title, row.source, row.why, row.url].join("\n").toLowerCase();
});

let sorting = { key: "", down: false };
let found = rows;
let numShown = 0;

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function counted(some, key) {
  const counts = new Map();
  for (const row of some) for (const value of FILTERS[key](row)) counts.set(value, (counts.get(value) || 0) + 1);
  return counts;
}

function inOrder(counts, key) {
  const values = [...counts];
  if (key === "day") return values.sort((a, b) => (a[0] < b[0] ? 1 : -1));
  return values.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

function fillSelect(key) {
  const select = form.elements[key];
  select.append(element("option", "all", { value: "" }));
  for (const [value, number] of inOrder(counted(rows, key), key))
    select.append(element("option", `${value} (${number})`, { value }));
}

function svg(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

function chart(key, title) {
  const bars = inOrder(counted(found, key), key);
  const figure = element("figure");
  figure.append(element("figcaption", title));
  if (!bars.length) {
    figure.append(element("small", "nothing to show"));
    return figure;
  }
  const shown = bars.slice(0, NUM_BARS);
  const most = Math.max(...shown.map((bar) => bar[1]));
  const picture = svg("svg", { viewBox: `0 0 300 ${18 * shown.length}`, "aria-label": title });
  shown.forEach(([value, number], place) => {
    const choose = () => { form.elements[key].value = value; update(); };
    const group = svg("g", { tabindex: "0", role: "button", "aria-label": `${value}: ${number}` });
    const short = value.length > 20 ? `${value.slice(0, 19)}…` : value;
    group.append(
      svg("title", {}, `${value}: ${number}`),
      svg("rect", { class: "whole", x: 0, y: 18 * place, width: 300, height: 18 }), // to click on
      svg("text", { x: 0, y: 18 * place + 12 }, short),
      svg("rect", { x: 125, y: 18 * place + 3, height: 12, width: Math.max(1, (130 * number) / most) }),
      svg("text", { x: 130 + (130 * number) / most, y: 18 * place + 12 }, String(number)),
    );
    group.addEventListener("click", choose);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      choose();
      form.elements[key].focus(); // the bar is drawn again
    });
    picture.append(group);
  });
  figure.append(picture);
  if (bars.length > NUM_BARS) figure.append(element("small", `and ${bars.length - NUM_BARS} more`));
  return figure;
}

function link(text, address) {
  return element("a", text, { href: address, rel: "noreferrer noopener" });
}

function tableRow(row) {
  const made = element("tr");
  const files = Object.entries(row.files || {});
  const article = element("td");
  const name = element("bdi", row.title);
  if (files.length) {
    const open = link(undefined, files[0][1]);
    open.append(name);
    article.append(open);
  } else article.append(name);
  const places = element("small");
  const source = element("bdi", row.source);
  if (row.address) {
    const open = link(undefined, row.address);
    open.append(source);
    places.append(open);
  } else places.append(source);
  for (const [kind, address] of files) places.append(" · ", link(kind, address));
  if (row.url) places.append(" · ", link("page", row.url));
  article.append(places);
  made.append(
    article,
    element("td", row.status),
    element("td", row.language || ""),
    element("td", String(row.num || 0), { class: "num", title: (row.flags || []).join(", ") }),
    element("td", row.why || "", { dir: "auto" }),
    element("td", row.day || ""),
    element("td", row.changed || ""),
  );
  return made;
}

function showMore(number) {
  body.append(...found.slice(numShown, numShown + number).map(tableRow));
  numShown = Math.min(found.length, numShown + number);
  more.hidden = numShown >= found.length;
  document.getElementById("shown").textContent = `${found.length} of ${rows.length} articles`;
}

function chosen() {
  const state = {};
  for (const key of ["q", ...Object.keys(FILTERS)]) if (form.elements[key].value) state[key] = form.elements[key].value;
  return state;
}

function update() {
  const state = chosen();
  const words = (state.q || "").toLowerCase().split(/\s+/).filter(Boolean);
  const keys = Object.keys(FILTERS).filter((key) => state[key]);
  found = rows.filter(
    (row) => words.every((word) => row.text.includes(word)) && keys.every((key) => FILTERS[key](row).includes(state[key])),
  );
  const { key, down } = sorting;
  if (key) {
    const order = new Intl.Collator("en", { numeric: true });
    const compare = key === "num" ? (a, b) => (a.num || 0) - (b.num || 0) : (a, b) => order.compare(a[key] || "", b[key] || "");
    found.sort((a, b) => (down ? -1 : 1) * compare(a, b) || a.place - b.place);
    Object.assign(state, { sort: key, ...(down && { down: "1" }) });
  }
  document.querySelectorAll("th").forEach((head, place) => {
    const isKey = COLUMNS[place][0] === key;
    if (isKey) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  body.replaceChildren();
  numShown = 0;
  showMore(NUM_ROWS);
  document.getElementById("charts").replaceChildren(...CHARTS.map(([one, title]) => chart(one, title)));
  history.replaceState(null, "", `#${new URLSearchParams(state)}`);
}

function fromAddress() {
  const state = new URLSearchParams(location.hash.slice(1));
  for (const key of ["q", ...Object.keys(FILTERS)]) form.elements[key].value = state.get(key) || "";
  const isColumn = COLUMNS.some(([key]) => key === state.get("sort"));
  sorting = { key: isColumn ? state.get("sort") : "", down: state.has("down") };
  update();
}

for (const [key, text] of COLUMNS) {
  const head = element("th", undefined, { scope: "col" });
  const button = element("button", text, { type: "button" });
  button.addEventListener("click", () => {
    sorting = { key, down: sorting.key === key ? !sorting.down : key === "num" || key === "day" };
    update();
  });
  head.append(button);
  document.querySelector("thead tr").append(head);
}
Object.keys(FILTERS).forEach(fillSelect);
form.addEventListener("input", update);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(() => { sorting = { key: "", down: false }; update(); }));
more.addEventListener("click", () => showMore(5 * NUM_ROWS));
addEventListener("hashchange", fromAddress);
fromAddress();
document.body.dataset.ready = String(Math.round(performance.now()));
