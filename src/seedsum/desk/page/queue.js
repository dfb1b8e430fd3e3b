// The list of articles: filtered and searched here, so that it answers at once.

import { $, el, counted, hidden, shown } from "/page/dom.js";

const NUM_SHOWN = 100;
const KINDS = ["to check", "flagged", "in summary", "edited", "source changed", "orphaned", "done"];

const wordsOf = (entry) => `${entry.title}\n${entry.name}`.toLowerCase();

export class Queue {
  constructor(onOpen) {
    this.onOpen = onOpen;
    this.entries = [];
    this.found = [];
    this.current = "";
    this.places = new Map();
    this.form = $("filters");
    this.form.addEventListener("input", () => this.filter());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    $("queue-more").addEventListener("click", () => {
      const first = this.found[this.numShown];
      this.showMore();
      this.places.get(first?.name)?.querySelector("button").focus();
    });
    $("queue-toggle").addEventListener("click", () => this.toggle());
  }

  toggle(isOpen = $("queue-toggle").getAttribute("aria-expanded") !== "true") {
    $("queue-toggle").setAttribute("aria-expanded", isOpen);
  }

  set(entries) {
    this.entries = entries;
    for (const entry of entries) entry.words = wordsOf(entry);
    this.fill("kind", ["", ...KINDS], (entry, kind) => !kind || entry.kinds.includes(kind), "all");
    for (const key of ["language", "status"]) {
      const values = [...new Set(entries.map((entry) => entry[key]))].sort();
      this.fill(key, ["", ...values], (entry, value) => !value || entry[key] === value, "any",
        key === "language" ? new Map(entries.map((entry) => [entry.language, entry.language_name])) : null);
    }
    this.filter();
  }

  fill(name, values, fits, first, names) {
    const select = this.form.elements[name];
    const before = select.value;
    select.replaceChildren(...values.map((value) => {
      const number = this.entries.filter((entry) => fits(entry, value)).length;
      return el("option", { value }, `${names?.get(value) || value || first} (${number})`);
    }));
    select.value = values.includes(before) ? before : "";
  }

  filter() {
    const { q, kind, language, status } = this.form.elements;
    const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = this.entries.filter((entry) =>
      (!kind.value || entry.kinds.includes(kind.value))
      && (!language.value || entry.language === language.value)
      && (!status.value || entry.status === status.value)
      && words.every((word) => entry.words.includes(word)));
    this.numShown = 0;
    this.places.clear();
    $("queue-list").replaceChildren();
    this.showMore();
    this.count();
  }

  countKinds() {
    for (const option of this.form.elements.kind.options) {
      const number = this.entries.filter((entry) => !option.value || entry.kinds.includes(option.value)).length;
      option.textContent = `${option.value || "all"} (${number})`;
    }
  }

  count() {
    const left = this.entries.filter((entry) => entry.kinds.includes("to check")).length;
    $("queue-count").textContent = this.found.length === this.entries.length
      ? `${left} of ${counted(this.entries.length, "article")} to check`
      : `${this.found.length} of ${counted(this.entries.length, "article")}`;
  }

  showMore() {
    const next = this.found.slice(this.numShown, this.numShown + NUM_SHOWN);
    $("queue-list").append(...next.map((entry) => {
      const item = this.item(entry);
      this.places.set(entry.name, item);
      return item;
    }));
    this.numShown += next.length;
    $("queue-more").hidden = this.numShown >= this.found.length;
  }

  item(entry) {
    const isDone = entry.kinds.includes("done");
    const facts = [
      entry.num_open ? `${entry.num_open} in summary` : "",
      entry.num_flagged ? `${entry.num_flagged} flagged` : "",
      entry.kinds.includes("source changed") ? "source changed" : "",
      entry.kinds.includes("orphaned") ? "source gone" : "",
      entry.status === "failed" ? "failed" : "",
    ].filter(Boolean);
    return el("li", {},
      el("button", { type: "button", class: "entry", "aria-current": entry.name === this.current ? "true" : null, onclick: () => this.onOpen(entry.name) },
        el("bdi", { class: "entry-title" }, ...shown(entry.title)),
        el("span", { class: "entry-facts" },
          el("span", {}, entry.language_name), facts.length ? ` · ${facts.join(" · ")}` : "",
          isDone ? [" ", el("span", { class: "state accepted" }, "✔", hidden("done"))] : "")));
  }

  /** Takes in the new numbers of some articles; the order stays while somebody works in it. */
  update(entries) {
    for (const entry of entries) {
      const place = this.entries.findIndex((one) => one.name === entry.name);
      if (place < 0) continue;
      entry.words = wordsOf(entry);
      const number = this.found.indexOf(this.entries[place]);
      if (number >= 0) this.found[number] = entry;
      this.entries[place] = entry;
      const item = this.places.get(entry.name);
      if (item) {
        const made = this.item(entry);
        const hadFocus = item.contains(document.activeElement);
        item.replaceWith(made);
        this.places.set(entry.name, made);
        if (hadFocus) made.querySelector("button").focus();
      }
    }
    if (!entries.length) return;
    this.countKinds();
    this.count();
  }

  select(name) {
    this.places.get(this.current)?.querySelector("button").removeAttribute("aria-current");
    this.current = name;
    const item = this.places.get(name);
    item?.querySelector("button").setAttribute("aria-current", "true");
    item?.scrollIntoView({ block: "nearest" });
  }

  /** The next article after the open one that has something to check, in the order of the list. */
  next() {
    const at = this.found.findIndex((entry) => entry.name === this.current);
    const order = [...this.found.slice(at + 1), ...this.found.slice(0, Math.max(at, 0))];
    return order.find((entry) => entry.kinds.includes("to check"))?.name;
  }
}
