// One article on the page: its head, its summary, its sentences side by side.

import { $, compared, counted, el, hidden, marked, other, shown, when } from "/page/dom.js";
import { target } from "/page/model.js";

const SIGNS = { unchecked: "○", accepted: "✔", edited: "✎", rejected: "✘", stale: "↻", same: "=" };
const STATES = {
  unchecked: "not checked", accepted: "right", edited: "edited", rejected: "wrong",
  stale: "the source has changed", same: "as in the source",
};
const DRAFTS = "seedsum-drafts";
/** Who has made the reviews that a run took from files that somebody edited. */
const FILE = "file";
const by = (reviewer) => (reviewer === FILE ? "in the Markdown file" : reviewer);

export const inWords = (state) => STATES[state];

const sign = (state) => el("span", { class: `state ${state}`, "aria-hidden": "true", title: STATES[state] }, SIGNS[state]);
export const named = (id) => id.replace(/^s(\d)/, "sentence $1").replace(/^summary-/, "summary sentence ");

export class Article {
  /** `on` has what happens: `select(id)`, `take(text, why)`, `go(name)`. */
  constructor(on) {
    this.on = on;
    this.view = null;
    this.current = "";
    this.places = new Map();
    this.editing = null; // { id, kind, form }: what is being written, and must not be lost
    this.drafts = new Map(JSON.parse(sessionStorage.getItem(DRAFTS) || "[]")); // of this tab, whatever article is open
    $("rows").addEventListener("click", (event) => this.clicked(event));
    $("rows").addEventListener("focusin", (event) => this.focused(event));
    $("summary").addEventListener("focusin", (event) => this.focused(event));
  }

  clicked(event) {
    if (event.target.closest("button, a, input, textarea, summary, label")) return;
    const row = event.target.closest("[data-id]");
    if (row && String(getSelection()) === "") this.on.select(row.dataset.id);
  }

  focused(event) {
    const row = event.target.closest("[data-id]");
    if (row && row.dataset.id !== this.current) this.on.select(row.dataset.id, { focus: false });
  }

  /** Shows an article from its beginning. */
  open(view) {
    this.view = view;
    this.current = "";
    this.places.clear();
    this.editing = null;
    const parts = this.parts(view);
    $("rows").replaceChildren(...parts);
    this.head();
    this.summary();
    $("scroller").scrollTop = 0;
  }

  /** Shows what is other than before. */
  update(view) {
    const before = this.view;
    if (!before || before.name !== view.name || before.rows.length !== view.rows.length
      || before.rows.some((row, place) => row.id !== view.rows[place].id || row.source !== view.rows[place].source)) {
      const [editing, current] = [this.editing, this.current];
      const draft = editing?.form.querySelector("textarea, input")?.value;
      const source = editing && before.rows.find((row) => row.id === editing.id)?.source;
      this.open(view);
      const same = source && view.rows.find((row) => row.source === source);
      if (target(view, current)) this.select(same?.id || current, { focus: false });
      return same ? { id: same.id, kind: editing.kind, draft } : null; // its place is another now
    }
    this.view = view;
    for (const [place, row] of view.rows.entries())
      if (JSON.stringify(row) !== JSON.stringify(before.rows[place])) this.redraw(row);
    this.head();
    this.summary();
    return null;
  }

  redraw(row) {
    const old = this.places.get(row.id);
    if (!old) return;
    if (this.editing?.id === row.id) {
      const place = old.querySelector(".meanwhile");
      const isOther = row.state !== "unchecked" && row.english !== this.editing.before;
      if (place && isOther) place.replaceChildren(`Meanwhile ${by(row.reviewer)}: ${STATES[row.state]}: `, el("bdi", { lang: "en" }, ...shown(row.english)));
      return;
    }
    const hadFocus = old.contains(document.activeElement);
    const bar = old.querySelector("#bar");
    const made = this.row(row);
    old.replaceWith(made);
    if (bar) made.append(bar);
    if (hadFocus) made.focus({ preventScroll: true });
  }

  parts(view) {
    const [inside, outside] = [view.rows.filter((row) => row.in_article), view.rows.filter((row) => !row.in_article)];
    const parts = [el("div", { class: "heads", "aria-hidden": "true" }, el("span", {}), el("span", {}, view.language_name), el("span", {}, "English")), ...inside.map((row) => this.row(row))];
    if (!inside.length && !outside.length) parts.push(el("p", { class: "empty" }, "There is no text in this article. ", ...shown(view.reasons.join("; "))));
    if (view.lost.length)
      parts.push(el("section", { class: "lost" }, el("h3", {}, "Said of sentences that are gone"),
        el("ul", {}, view.lost.map((one) => el("li", {}, `${STATES[one.state]}, ${by(one.reviewer)}: `, el("bdi", {}, ...shown(one.source)), " → ", el("bdi", { lang: "en" }, ...shown(one.english)))))));
    if (outside.length) {
      const flagged = outside.filter((row) => row.needs_look).length;
      this.rest = el("details", { class: "rest" },
        el("summary", {}, `Rest of the page: ${counted(outside.length, "sentence")} around the article${flagged ? `, ${flagged} flagged` : ""}`),
        ...outside.map((row) => this.row(row)));
      parts.push(this.rest);
    } else this.rest = null;
    return parts;
  }

  // The head and the summary

  head() {
    const view = this.view;
    const facts = [
      el("bdi", {}, ...shown(view.name)), view.language_name, view.date, view.status,
      view.url ? el("a", { href: view.url, rel: "noreferrer noopener", target: "_blank" }, "original page", hidden(" (opens in a new tab)")) : "",
      view.done_by ? el("strong", { class: "state accepted" }, `✔ done by ${view.done_by}`) : "",
    ].filter(Boolean).flatMap((fact, number) => (number ? [" · ", fact] : [fact]));
    const wasOpen = $("head").querySelector("details")?.open;
    const details = el("details", { open: wasOpen || null },
      el("summary", {}, "Models and hashes"),
      el("ul", {}, view.models.map((model) => el("li", {}, ...shown(model)))),
      el("dl", {}, view.details.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, ...shown(value))])));
    const isTranslated = view.rows.some((row) => row.state !== "same");
    $("article").classList.toggle("untranslated", !isTranslated);
    const hasOther = view.source_title && view.source_title !== view.title;
    $("head").replaceChildren(
      el("h2", { id: "title" }, el("bdi", { lang: "en" }, ...shown(view.title)), hasOther ? el("span", { class: "original", lang: view.language }, " ", el("bdi", {}, ...shown(view.source_title))) : ""),
      el("p", { class: "facts" }, ...facts),
      view.fallback ? el("p", { class: "weak" }, `⚠ Not all of it was made by the chosen models: ${view.fallback}.`) : "",
      details);
    document.title = `${view.title} – review`;
  }

  summary() {
    const view = this.view;
    const left = view.summary.filter((one) => one.is_open).length;
    const text = !view.summary.length ? "No summary" : left ? `Summary: ${left} of ${view.summary.length} to check`
      : view.summary.every((one) => one.state === "same") ? "Summary: the source's own sentences" : "Summary: all checked";
    const focused = $("summary").contains(document.activeElement) ? document.activeElement.closest("[data-id]")?.dataset.id : null;
    $("summary").replaceChildren(
      el("h3", { id: "summary-head" }, text),
      el("ol", {}, view.summary.map((one) => this.sentence(one))));
    this.light();
    if (focused) this.places.get(focused)?.focus({ preventScroll: true });
  }

  sentence(one) {
    const flags = one.flags.filter((flag) => flag.code !== "cites-flagged" && flag.is_open);
    const state = one.is_open && !["stale", "rejected"].includes(one.state) ? "unchecked" : one.state;
    const place = el("li", { class: `sentence ${state}`, "data-number": one.number },
      sign(state),
      el("div", {},
        one.is_cut ? "… " : "",
        el("bdi", { lang: "en" }, ...shown(one.text)),
        hidden(`, ${STATES[state]}`),
        one.cites.map((cite) => [" ", el("button", { type: "button", class: "cite", "aria-label": `Show ${named(cite)}`, onclick: () => this.on.select(cite) }, cite)]),
        flags.length ? el("ul", { class: "flags" }, flags.map((flag) => el("li", {}, this.flag(flag)))) : "",
        one.note && one.reviewer !== FILE ? el("p", { class: "note" }, one.state === "rejected" ? "Wrong: " : "Note: ", ...shown(one.note)) : "",
        el("div", { class: "form" })));
    place.addEventListener("click", (event) => {
      if (!event.target.closest("button, textarea, input") && String(getSelection()) === "") this.on.select(one.has_own_words ? one.id : one.cites[0]);
    });
    if (one.has_own_words) {
      Object.assign(place, { id: one.id, tabIndex: one.id === this.current ? 0 : -1 });
      place.dataset.id = one.id;
      place.setAttribute("role", "group");
      place.setAttribute("aria-label", `Summary sentence ${one.number}, ${STATES[state]}`);
      this.places.set(one.id, place);
      if (this.editing?.id === one.id) place.querySelector(".form").replaceWith(this.editing.form);
    }
    return place;
  }

  // Sentences

  row(row) {
    const open = row.flags.filter((flag) => flag.is_open);
    const places = (side) => open.flatMap((flag) => flag.marks[side]).sort((a, b) => a[0] - b[0]);
    const whole = (side) => (open.length && !places(side).length ? " whole" : "");
    const label = [named(row.id), STATES[row.state], row.cited_by.length ? `in summary ${row.cited_by.join(", ")}` : "", row.role === "body" ? "" : row.role, open.length ? counted(open.length, "flag") : ""].filter(Boolean).join(", ");
    const isSame = row.state === "same" && row.source === row.english;
    const made = el("div", {
      class: `row ${row.state} ${row.role} ${row.kind}${row.cited_by.length ? " cited" : ""}${row.id === this.current ? " current" : ""}${isSame ? " one" : ""}`,
      "data-id": row.id, role: "group", tabindex: row.id === this.current ? "0" : "-1",
      "aria-labelledby": `label-${row.id} source-${row.id} english-${row.id}`,
    },
    el("div", { class: "gutter" },
      el("span", { id: `label-${row.id}`, class: "hidden" }, label),
      sign(row.state), el("span", { class: "number", "aria-hidden": "true" }, row.id),
      row.cited_by.length ? el("span", { class: "badge", "aria-hidden": "true", title: "In the summary" }, row.cited_by.join(",")) : ""),
    el("div", { class: `source${whole("source")}`, id: `source-${row.id}`, lang: row.language, dir: "auto" }, ...marked(row.source, isSame ? [] : places("source"))),
    isSame ? el("div", { class: "hidden", id: `english-${row.id}` }) : el("div", { class: `english${whole("english")}`, id: `english-${row.id}`, lang: "en", dir: "auto" }, ...marked(row.english, places("english"))),
    el("div", { class: "below" }, ...this.below(row)),
    el("div", { class: "form" }));
    this.places.set(row.id, made);
    return made;
  }

  flag(flag) {
    return [el("span", { class: `sure ${flag.sure}` }, flag.is_open ? (flag.sure || "flag") : "no fault"), " ", el("span", {}, ...shown(flag.words)), " ", el("span", { class: "code" }, flag.code.replaceAll("-", " "))];
  }

  below(row) {
    const parts = [];
    if (row.fate === "failed") parts.push(el("p", { class: "note" }, "Not translated: ", ...shown(row.reason)));
    if (row.flags.length) parts.push(el("ul", { class: "flags" }, row.flags.map((flag) => el("li", { class: flag.is_open ? "" : "dismissed" }, ...this.flag(flag)))));
    if (row.stale) {
      const { pieces, english, state, reviewer } = row.stale;
      parts.push(el("div", { class: "changed" },
        el("p", {}, el("strong", {}, "The source has changed. "), el("span", { lang: row.language, dir: "auto" }, ...compared(pieces))),
        el("p", {}, `Before it said (${STATES[state]}, ${by(reviewer)}): `, el("bdi", { lang: "en" }, ...shown(english)), " ",
          english ? el("button", { type: "button", onclick: () => this.on.take(row.id, english) }, "Take this ", el("kbd", {}, "s")) : "")));
    } else if (row.elsewhere && row.elsewhere.text !== row.english) {
      parts.push(el("p", { class: "offer" }, "Same sentence in ", el("bdi", {}, ...shown(row.elsewhere.why)), ": ", el("bdi", { lang: "en" }, ...other(row.elsewhere.pieces)), " ",
        el("button", { type: "button", onclick: () => this.on.take(row.id, row.elsewhere.text) }, "Take this ", el("kbd", {}, "s"))));
    }
    // Of an edit in a file the note is the file's name.
    if (row.note && row.reviewer !== FILE) parts.push(el("p", { class: "note" }, row.state === "rejected" ? "Wrong: " : "Note: ", ...shown(row.note)));
    if (["accepted", "edited", "rejected"].includes(row.state)) {
      const who = `${STATES[row.state]}: ${by(row.reviewer)}, ${when(row.time)}`;
      parts.push(row.machine
        ? el("details", { class: "who" }, el("summary", {}, who), el("p", {}, "The model's: ", el("bdi", { lang: "en" }, ...shown(row.machine))))
        : el("p", { class: "who only-current" }, who));
    }
    if (row.options.length && row.state !== "same")
      parts.push(el("ol", { class: "options only-current", "aria-label": "Other translations" }, row.options.map((option, number) =>
        el("li", {}, el("button", { type: "button", onclick: () => this.on.take(row.id, option.text) }, el("kbd", {}, String(number + 1)), " ", el("bdi", { lang: "en" }, ...other(option.pieces)), hidden(` (${option.why})`))))));
    return parts;
  }

  // Selecting and writing

  select(id, { focus = true } = {}) {
    const before = this.places.get(this.current);
    if (before) { before.classList.remove("current"); before.tabIndex = -1; }
    this.current = id;
    const place = this.places.get(id);
    if (!place) return;
    place.classList.add("current");
    place.tabIndex = 0;
    const rest = place.closest("details.rest");
    if (rest) rest.open = true;
    this.light();
    if (focus) place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }

  /** Lights what belongs together: a summary's sentence and what it cites. */
  light() {
    const item = this.view && target(this.view, this.current);
    const numbers = item ? item.cited_by || [item.number] : [];
    const cited = new Set(this.view ? this.view.summary.filter((one) => numbers.includes(one.number)).flatMap((one) => one.cites) : []);
    for (const place of $("summary").querySelectorAll(".sentence")) place.classList.toggle("lit", numbers.includes(Number(place.dataset.number)));
    for (const place of $("rows").querySelectorAll(".row.lit")) place.classList.remove("lit");
    for (const id of cited) this.places.get(id)?.classList.add("lit");
  }

  /** Opens a form in a sentence: `fields` are [name, label, text, isLong]; Enter (in a long one with Ctrl) sends it. */
  write(id, kind, fields, send, button) {
    this.leave();
    const place = this.places.get(id);
    const inputs = fields.map(([name, label, text, lang, isLong]) => {
      const input = el(isLong ? "textarea" : "input", { name, lang, dir: "auto", rows: isLong ? "3" : null, autocomplete: "off", spellcheck: "false" });
      input.value = text;
      return el("label", {}, el("span", {}, label), input);
    });
    const form = el("form", { class: "form", onsubmit: (event) => { event.preventDefault(); submit(); } },
      ...inputs,
      el("p", { class: "meanwhile", role: "status" }),
      el("span", { class: "buttons" },
        el("button", { type: "submit" }, button, " ", el("kbd", {}, fields.some((field) => field[4]) ? "Ctrl+Enter" : "Enter")),
        el("button", { type: "button", onclick: () => this.leave({ focus: true }) }, "Leave ", el("kbd", {}, "Esc"))));
    const submit = () => {
      const values = Object.fromEntries(new FormData(form));
      const problem = send(values);
      if (problem) { form.querySelector(".meanwhile").textContent = problem; return; }
      this.keepDraft(kind, id, null);
      this.leave({ focus: true, isDone: true });
    };
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.leave({ focus: true }); }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); submit(); }
    });
    const item = target(this.view, id);
    const initial = fields[0][2];
    this.editing = { id, kind, form, initial, before: item.english ?? item.text };
    place.querySelector(".form").replaceWith(form);
    place.classList.add(`writing-${kind}`);
    const draft = this.drafts.get(this.draftKey(kind, id));
    const first = form.querySelector("textarea, input");
    if (draft) first.value = draft;
    first.focus();
    first.setSelectionRange?.(first.value.length, first.value.length);
    if (first.localName === "textarea") first.style.setProperty("height", `${first.scrollHeight + 4}px`);
    form.scrollIntoView({ block: "nearest" });
  }

  /** A draft is of the sentence as it stood: of another source it is none. */
  draftKey(kind, id) {
    return JSON.stringify([this.view.name, kind, id, target(this.view, id)?.source]);
  }

  /** Bears in mind what was written and not sent, also when the page is loaded again; `null` forgets it. */
  keepDraft(kind, id, text) {
    if (text === null) this.drafts.delete(this.draftKey(kind, id));
    else this.drafts.set(this.draftKey(kind, id), text);
    sessionStorage.setItem(DRAFTS, JSON.stringify([...this.drafts]));
  }

  /** Ends writing; what was written and not sent is there again when the same is begun again. */
  leave({ focus = false, isDone = false } = {}) {
    if (!this.editing) return;
    const { id, kind, form, initial } = this.editing;
    const first = form.querySelector("textarea, input");
    if (!isDone) this.keepDraft(kind, id, first.value === initial ? null : first.value);
    this.editing = null;
    const place = this.places.get(id);
    form.replaceWith(el("div", { class: "form" }));
    place?.classList.remove(`writing-${kind}`);
    const row = this.view.rows.find((one) => one.id === id);
    if (row) this.redraw(row);
    if (focus) this.places.get(id)?.focus({ preventScroll: true });
  }
}
