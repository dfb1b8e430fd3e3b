// The page: what keys and buttons do, and what the server says meanwhile.

import { $, counted, el, say, shown } from "/page/dom.js";
import { Article, inWords, named } from "/page/article.js";
import { about, applied, isOpen, order, target } from "/page/model.js";
import { Queue } from "/page/queue.js";
import { ask, Saving } from "/page/saving.js";

const NEWS_MS = 4000;
const RUN_MS = 1000;

const saving = new Saving((answer, review) => saved(answer, review));
const queue = new Queue((name) => {
  if (name === article.view?.name) select(article.current);
  else open(name, { focus: true });
});
const article = new Article({ select, take });
const toolbar = $("bar"); // it may be in a sentence, and that may be replaced
const undos = []; // { review, before }: what this tab said, and what stood before
let cursor = "";
let stamp = "";
let reviewer = "";
let isRunning = false;
let hasKeys = localStorage.getItem("seedsum-keys") !== "off";
let me = localStorage.getItem("seedsum-reviewer") || "";

const current = () => article.view && target(article.view, article.current);
const longName = (id) => { const name = named(id); return name[0].toUpperCase() + name.slice(1); };

// What can be done. Each is a key and a button; `can` says whether it makes sense now.

const ACTIONS = [
  { id: "accept", keys: ["Enter"], label: "Right", help: "It is right as it stands; go on to the next", run: accept, can: () => current() },
  { id: "edit", keys: ["e"], label: "Edit", help: "Correct the English; Ctrl+Enter saves, Escape leaves", run: edit, can: () => current() && current().fate !== "passed" },
  { id: "dismiss", keys: ["n"], label: "No fault", help: "The flag is no fault", run: dismiss, can: () => current()?.flags?.some((flag) => flag.is_open) },
  { id: "wrong", keys: ["x"], label: "Wrong", help: "It is wrong; say why if you like", run: reject, can: () => current() },
  { id: "same", keys: ["s"], label: "Take offer", help: "Take the English that is offered: of the same sentence elsewhere, or before its source changed", run: takeOffer, can: () => offered(current()) },
  { id: "term", keys: ["g"], label: "Glossary", help: "Put the selected words into the glossary", run: term, can: () => current() && !current().cites },
  { id: "undo", keys: ["u"], label: "Undo", help: "Take back your last verdict, or what stands of this sentence", run: undo, can: () => undos.length || ["accepted", "edited", "rejected"].includes(current()?.state) },
  { id: "next", keys: ["Tab"], label: "Next", help: "Go to the next sentence that needs a look", run: () => goOn(), can: () => article.view?.looks.length },
  { id: "done", keys: ["A"], label: "Article done", help: "All that the summary rests on is right; go on to the next article", run: done, can: () => article.view },
];
const ALSO = [
  [["j", "↓"], "Next sentence"], [["k", "↑"], "Sentence before"], [["1", "2", "3", "4"], "Take another translation"],
  [["F6"], "Go round: list of articles, summary, sentences, buttons"], [["?"], "This help"],
];

function accept() {
  const item = current();
  if (isOpen(item.state)) {
    const dismissed = item.flags.filter((flag) => flag.is_open).map((flag) => flag.code);
    const text = item.english ?? item.text;
    if (!text.trim()) { say("There is no English to be right; e writes it."); return; }
    keep({ verdict: "accepted", text, dismissed });
  }
  goOn({ from: item.id, isStep: !wasLookedFor(item) });
}

/** Whether the way led here: to what needs a look, or to what is wrong and has to be mended. */
const wasLookedFor = (item) => item.needs_look || item.state === "rejected";

function edit() {
  const item = current();
  const text = item.english ?? item.text;
  article.write(item.id, "edit", [["text", "English", text, "en", true]], (values) => {
    if (!values.text.trim()) return "An edit needs a text. If the sentence is wrong and you have none, leave and press x.";
    const isSame = values.text.trim() === text.trim();
    keep({ verdict: isSame ? "accepted" : "edited", text: values.text, dismissed: isSame ? item.flags.filter((flag) => flag.is_open).map((flag) => flag.code) : [] }, item);
    queueMicrotask(() => goOn({ from: item.id, isStep: !wasLookedFor(item) }));
    return "";
  }, "Save");
}

function reject() {
  const item = current();
  article.write(item.id, "note", [["note", "What is wrong?", item.state === "rejected" ? item.note : "", "", false]], (values) => {
    keep({ verdict: "rejected", note: values.note.trim() }, item);
    queueMicrotask(() => goOn({ from: item.id, isStep: !item.needs_look }));
    return "";
  }, "Save");
}

function dismiss() {
  const item = current();
  const dismissed = item.flags.filter((flag) => flag.is_open).map((flag) => flag.code);
  keep({ verdict: "dismissed", dismissed });
}

function take(id, text) {
  const item = target(article.view, id);
  select(id);
  keep({ verdict: "edited", text }, item);
}

const offered = (item) => item?.stale?.english || (item?.elsewhere?.text !== item?.english && item?.elsewhere?.text) || "";
function takeOffer() {
  const item = current();
  if (offered(item) === item.english) accept();
  else take(item.id, offered(item));
}

function takeOption(number) {
  const option = current()?.options?.[number];
  if (option) take(current().id, option.text);
  else say("There is no such translation here.");
}

function term() {
  const selection = getSelection();
  const words = String(selection).trim();
  const inside = selection.anchorNode?.parentElement?.closest(".source, .english");
  const id = inside?.closest("[data-id]")?.dataset.id || article.current;
  const item = target(article.view, id);
  const [source, english] = inside?.classList.contains("source") ? [words, ""] : ["", inside ? words : ""];
  select(id);
  article.write(id, "term", [
    ["source", `Words in ${article.view.language_name}`, source, item.language, false],
    ["text", "must become, in English", english, "en", false],
  ], (values) => {
    const [from, to] = [values.source.trim(), values.text.trim()];
    if (!from || !to) return "Both are needed: the words of the source, and their English.";
    const { document, source_sha256, segment, direction } = about(article.view, item, {});
    send({ document, source_sha256, segment, direction, part: "term", verdict: "accepted", source: from, text: to });
    say(`In the glossary: ${from} → ${to}`);
    touched(from, to, item.language);
    return "";
  }, "Put into the glossary");
  if (source) article.editing.form.querySelector("[name=text]").focus();
}

async function touched(source, text, language) {
  const panel = $("run");
  panel.hidden = false;
  panel.replaceChildren(el("p", {}, "Looking for articles with ", el("bdi", {}, ...shown(source)), " …"));
  const close = el("button", { type: "button", onclick: () => { panel.hidden = true; } }, "Close");
  try {
    const { articles } = await ask(`/api/touched?${new URLSearchParams({ source, language })}`);
    panel.replaceChildren(
      el("p", {}, el("bdi", {}, ...shown(source)), " → ", el("bdi", {}, ...shown(text)), ` stands in ${counted(articles.length, "article")}; the next run uses it in all of them.`),
      el("ul", {}, articles.map((one) => el("li", {}, el("button", { type: "button", onclick: () => open(one.name, { focus: true }) }, el("bdi", {}, ...shown(one.title))), ` ${counted(one.num, "sentence")}`))),
      close);
  } catch (error) {
    panel.replaceChildren(el("p", {}, `The articles that it touches are not known: ${error.message}`), close);
  }
}

function undo() {
  const last = undos.pop();
  const view = article.view;
  if (last && last.review.document !== view.name) { open(last.review.document, { focus: true, then: () => { undos.push(last); undo(); } }); return; }
  const item = last ? target(view, last.review.segment) : current();
  if (last?.review.part === "article") {
    send({ ...last.review, verdict: "withdrawn" });
    say("The article is not done.");
    return;
  }
  if (!item) return;
  const base = about(view, item, {});
  send({ ...base, verdict: "withdrawn" });
  const before = last?.before;
  if (before && ["accepted", "edited", "rejected"].includes(before.state)) {
    const text = before.english ?? before.text;
    send({ ...base, verdict: before.state, text: before.state === "rejected" ? "" : text, note: before.note, machine_text: before.machine || text });
  }
  say(`Taken back: ${named(item.id)}.`);
  select(item.id);
}

function done() {
  const view = article.view;
  if (view.blocking.length) {
    const names = view.blocking.map((id) => {
      const item = target(view, id);
      const number = item.number || item.cited_by[0];
      return `${named(id)} (summary ${number}) is ${inWords(item.state)}`;
    });
    const more = names.length > 3 ? `, and ${names.length - 3} more` : "";
    say(`Not done yet: ${names.slice(0, 3).join("; ")}${more}.`);
    select(view.blocking[0]);
    return;
  }
  const review = { document: view.name, source_sha256: view.source_sha256, part: "article", verdict: "accepted" };
  undos.push({ review, before: null });
  send(review);
  const next = queue.next();
  if (next) open(next, { focus: true, text: "Done. Next article: " });
  else say("Done. No article of this list is left to check; Apply reviews makes the files again.");
}

// Saving

/** Sends what was said of a sentence, and shows it at once. */
function keep(what, item = current()) {
  const review = about(article.view, item, what);
  undos.push({ review, before: item });
  send(review);
  const left = article.view.summary.filter((one) => one.is_open).length;
  const state = { accepted: "right", edited: "edited", rejected: "wrong", dismissed: "the flag is no fault" }[what.verdict];
  say(`${longName(item.id)}: ${state}. ${left ? `${left} of ${article.view.summary.length} in the summary to check` : "Summary checked; A marks the article done"}.`);
}

function send(review) {
  const whole = me ? { ...review, reviewer: me } : review;
  if (article.view?.name === review.document) article.update(applied(article.view, whole));
  bar();
  saving.add(whole);
}

function saved(answer, review) {
  if (answer.article && article.view?.name === review.document) { stamp = answer.stamp; show(answer.article); }
  news();
}

/** Shows what the server has, with what is not saved yet. */
function show(view) {
  const whole = saving.of(view.name).reduce(applied, view);
  const moved = article.update(whole);
  if (moved) resume(moved);
  bar();
}

function resume({ id, kind, draft }) {
  if (draft === undefined) return;
  article.keepDraft(kind, id, draft);
  select(id);
  ({ edit, note: reject, term })[kind]();
}

// Going about

function select(id, { focus = true } = {}) {
  if (!article.view || !target(article.view, id)) return;
  if (article.editing && article.editing.id !== id) article.leave();
  article.select(id, { focus });
  bar();
  // Another article is another step for the browser's Back; a sentence of the same is none.
  const [before] = addressed();
  const address = `#${encodeURIComponent(article.view.name)}/${id}`;
  if (before && before !== article.view.name) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

/** The article and the sentence that the page's address names. */
const addressed = () => decodeURIComponent(location.hash.slice(1)).split(/\/(?=[^/]*$)/);

function step(by) {
  const ids = order(article.view);
  const rest = article.rest && !article.rest.open;
  const shownIds = rest ? ids.filter((id) => { const row = target(article.view, id); return row.cites || row.in_article; }) : ids;
  const at = shownIds.indexOf(article.current);
  const next = shownIds[at < 0 ? 0 : at + by];
  if (next) select(next);
}

/** Goes to what needs a look next: in the order of the summary, then of the article. */
function goOn({ from = article.current, isStep = false } = {}) {
  const { looks } = article.view;
  if (isStep) { step(1); return; }
  const ids = wanted();
  const at = ids.indexOf(from);
  const next = [...ids.slice(at + 1), ...ids.slice(0, at + 1)].find((id) => looks.includes(id));
  if (next && next !== from) select(next);
  else if (!looks.length) say(article.view.blocking.length ? "Nothing else needs a look; A says what keeps the article from being done." : "Nothing else needs a look. A marks the article done.");
}

let looked = []; // the order of looks when the article was opened: what was looked at keeps its place
function wanted() {
  for (const id of article.view.looks) if (!looked.includes(id)) looked.push(id);
  return looked;
}

let opening = 0;
async function open(name, { focus = false, at = "", text = "", then = null } = {}) {
  opening += 1;
  const mine = opening;
  try {
    const answer = await ask(`/api/article?${new URLSearchParams({ name })}`);
    if (mine !== opening) return; // another one was asked for meanwhile
    article.leave();
    stamp = answer.stamp;
    looked = [...answer.article.looks];
    article.open(saving.of(name).reduce(applied, answer.article));
    queue.select(name);
    queue.toggle(false);
    $("article").dataset.name = name;
    const { view } = article;
    const first = target(view, at) ? at : view.looks[0] || view.rows.find((row) => row.in_article)?.id || view.rows[0]?.id;
    article.current = "";
    if (first) select(first, { focus });
    else if (focus) $("article").focus();
    const left = view.summary.filter((one) => one.is_open).length;
    if (focus) say(`${text}${view.title.replace(/\.$/, "")}. ${view.summary.length ? `${left} of ${view.summary.length} summary sentences to check` : "No summary"}.`);
    bar();
    then?.();
  } catch (error) {
    say(`${name}: ${error.message}`);
  }
}

// Buttons and keys

function button(action) {
  return el("button", { type: "button", id: `do-${action.id}`, onclick: () => run(action) }, action.label, " ", el("kbd", { "aria-hidden": "true" }, action.keys[0]));
}

function bar() {
  for (const action of ACTIONS) toolbar.querySelector(`#do-${action.id}`).disabled = !action.can();
}

function run(action) {
  if (action.can()) action.run();
  else say(`${action.label}: not possible here.`);
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("help").open) return;
  if (event.key === "F6") { event.preventDefault(); goRound(event.shiftKey ? -1 : 1); return; }
  const at = event.target;
  if (at.closest?.("input, textarea, select, [contenteditable]")) return;
  const isControl = at.closest?.("button, a, summary");
  const isInArticle = at === document.body || (at.closest?.("#article") && !isControl);
  if (!hasKeys) return;
  if (event.key === "?") { event.preventDefault(); help(); return; }
  if (!article.view) return;
  const key = event.key === "A" || event.key.length > 1 ? event.key : event.key.toLowerCase();
  if (["Enter", "Tab", "ArrowDown", "ArrowUp"].includes(key) && !isInArticle) return;
  if (key === "Tab" && (event.shiftKey || !article.view.looks.some((id) => id !== article.current) || !at.closest?.("[data-id]"))) return;
  const action = ACTIONS.find((one) => one.keys.includes(key));
  if (action) { event.preventDefault(); run(action); return; }
  if (key === "j" || key === "ArrowDown") { event.preventDefault(); step(1); }
  if (key === "k" || key === "ArrowUp") { event.preventDefault(); step(-1); }
  if (/^[1-4]$/.test(key)) { event.preventDefault(); takeOption(Number(key) - 1); }
});

function goRound(by) {
  const parts = [$("filters").elements.q, $("summary").querySelector("button"), article.places.get(article.current), toolbar.querySelector("button:not(:disabled)")];
  const regions = [$("queue"), $("summary"), $("scroller"), toolbar];
  const here = regions.findLastIndex((region) => region.contains(document.activeElement));
  for (let number = 1; number <= parts.length; number += 1) {
    const place = (here + by * number + parts.length * 2) % parts.length;
    if (parts[place]) {
      if (place === 0) queue.toggle(true);
      parts[place].focus();
      return;
    }
  }
}

function help() {
  const dialog = $("help");
  const rows = [...ACTIONS.map((action) => [action.keys, action.help]), ...ALSO];
  $("help-body").replaceChildren(
    el("table", {}, el("tbody", {}, rows.map(([keys, text]) => el("tr", {}, el("th", { scope: "row" }, keys.map((key) => [el("kbd", {}, key), " "])), el("td", {}, text))))),
    el("p", {}, "Tab goes to the next sentence that needs a look only from a sentence; Shift+Tab and F6 always leave the list."),
    el("label", { class: "line" }, el("input", { type: "checkbox", name: "keys", onchange: (event) => {
      hasKeys = event.target.checked;
      localStorage.setItem("seedsum-keys", hasKeys ? "on" : "off");
    } }), " Single keys are commands (turn off for a screen reader or voice input; all are buttons, too)"),
    el("label", { class: "line" }, "Your name in the reviews ", el("input", { name: "me", maxlength: "80", autocomplete: "off", spellcheck: "false", placeholder: reviewer, onchange: (event) => {
      me = event.target.value.trim();
      localStorage.setItem("seedsum-reviewer", me);
    } })),
    el("form", { method: "dialog" }, el("button", {}, "Close")));
  dialog.querySelector("[name=keys]").checked = hasKeys;
  dialog.querySelector("[name=me]").value = me;
  dialog.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); dialog.close(); });
  dialog.showModal();
}

// What happens elsewhere: other reviewers, and runs

async function news() {
  clearTimeout(news.timer);
  try {
    const name = article.view?.name || "";
    const answer = await ask(`/api/news?${new URLSearchParams({ since: cursor, name })}`);
    if (answer.news.is_all_new) await all();
    cursor = answer.news.cursor;
    queue.update(answer.news.entries);
    const others = answer.news.reviews.filter((review) => !saving.ids.has(review.id));
    const here = others.filter((review) => review.document === article.view?.name);
    if (name && name === article.view?.name && (here.length || (answer.stamp && answer.stamp !== stamp))) await again(name);
    const theirs = here.filter((review) => !saving.ids.has(review.id)); // what was on its way from here is known by now
    if (theirs.length && !saving.items.length) {
      const last = theirs[theirs.length - 1];
      if (last.verdict !== "withdrawn") say(`${last.reviewer}: ${last.segment ? named(last.segment) : "the article"} ${last.verdict}.`);
    }
    shownRun(answer.run);
  } catch (error) {
    if (isRunning) say(error.message);
  }
  clearTimeout(news.timer);
  if (document.visibilityState === "visible") news.timer = setTimeout(news, isRunning ? RUN_MS : NEWS_MS);
}

async function again(name) {
  const answer = await ask(`/api/article?${new URLSearchParams({ name })}`);
  if (article.view?.name !== name) return;
  stamp = answer.stamp;
  show(answer.article);
}

async function apply() {
  if (isRunning) { say("The reviews are being applied."); return; }
  try {
    shownRun((await ask("/api/run", {})).run);
    news();
  } catch (error) {
    shownRun({ is_running: false, lines: [], num_done: 0, ended: `It cannot begin: ${error.message}.` });
    $("run").hidden = false;
  }
}

function shownRun(state) {
  const wasRunning = isRunning;
  isRunning = state.is_running;
  $("apply").setAttribute("aria-disabled", isRunning); // it keeps the focus
  if (!isRunning && !wasRunning && !state.error && !(state.ended && state.exit_code === undefined)) return;
  const panel = $("run");
  panel.hidden = false;
  const last = state.lines[state.lines.length - 1] || "";
  panel.replaceChildren(
    el("p", { role: "status" }, isRunning ? `The reviews are being applied: ${counted(state.num_done, "article")} done. ` : state.ended, isRunning ? el("span", {}, ...shown(last)) : ""),
    state.lines.length ? el("details", {}, el("summary", {}, "What the run says"), el("pre", {}, ...shown(state.lines.join("\u000a")))) : "",
    isRunning ? "" : el("button", { type: "button", onclick: () => { panel.hidden = true; } }, "Close"));
  if (wasRunning && !isRunning) { say(state.ended); all(); }
}

async function all(isFresh = true) {
  const answer = await ask(isFresh ? "/api/queue?fresh=1" : "/api/queue");
  cursor = answer.cursor;
  reviewer = answer.reviewer;
  $("where").replaceChildren(...shown(answer.output));
  queue.set(answer.entries);
  queue.select(queue.current);
  return answer.entries;
}

// Where the buttons are: below the sentences, or in the sentence where there is little room.

const narrow = matchMedia("(max-width: 52rem), (max-height: 30rem)");
function place() {
  const row = narrow.matches && article.places.get(article.current);
  const home = row || $("article");
  if (toolbar.parentElement !== home) home.append(toolbar);
}

async function begin() {
  const [name, at] = addressed();
  history.replaceState(null, "", `${location.pathname}${location.hash}`); // without the token
  toolbar.append(...ACTIONS.map(button));
  $("apply").addEventListener("click", apply);
  $("help-button").addEventListener("click", help);
  bar();
  try {
    const entries = await all(false);
    document.body.dataset.ready = String(Math.round(performance.now()));
    const first = entries.find((entry) => entry.name === name) || entries[0];
    if (first) await open(first.name, { at, focus: true });
    else say("There are no articles in this output yet.");
  } catch (error) {
    say(error.message);
  }
  news();
}

addEventListener("popstate", () => {
  const [name, at] = addressed();
  if (name === article.view?.name) select(at);
  else if (name) open(name, { at, focus: true });
});
addEventListener("pagehide", () => article.leave()); // what is being written is a draft then
addEventListener("focus", () => news());
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") news(); });
narrow.addEventListener("change", place);
new MutationObserver(place).observe($("rows"), { subtree: true, attributes: true, attributeFilter: ["class"] });
begin();
