// Verdicts on their way to the disk: one after another, kept until they are there.

import { $, el, counted, say, shown } from "/page/dom.js";

const KEY = "seedsum-unsaved";
const WAITS = [1000, 2000, 5000, 10000, 30000];

export class Refused extends Error {}

/** Asks the server; throws `Refused` where it will say the same again, else what went wrong. */
export async function ask(path, body) {
  const options = { headers: { "X-Seedsum": "1" }, signal: AbortSignal.timeout(body && path === "/api/reviews" ? 20000 : 60000) };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("the server does not answer; is 'seedsum review' still running?");
  }
  if (answer.status === 403) throw new Error("the server was started again; open the address that it printed, in this tab");
  let value;
  try {
    value = await answer.json();
  } catch {
    throw new Error(`the server answers with ${answer.status} and no data`);
  }
  if (answer.ok) return value;
  const error = value.error || `the server answers with ${answer.status}`;
  throw answer.status >= 500 ? new Error(error) : new Refused(error);
}

export class Saving {
  constructor(onSaved) {
    this.onSaved = onSaved;
    this.items = JSON.parse(sessionStorage.getItem(KEY) || "[]"); // of this tab, before it was loaded again
    this.isBusy = false;
    this.timer = 0;
    this.hasFailed = false; // since all was saved
    this.ids = new Set(); // of reviews that were saved from here
    addEventListener("beforeunload", (event) => { if (this.items.length) event.preventDefault(); });
    addEventListener("online", () => this.go());
    addEventListener("focus", () => this.go());
    this.show();
    this.go();
  }

  /** Keeps a review until it is saved. */
  add(review) {
    this.items.push({ review, tries: 0, error: "", isRefused: false });
    this.keep();
    this.go();
  }

  of(document) {
    return this.items.filter((item) => item.review.document === document).map((item) => item.review);
  }

  keep() {
    sessionStorage.setItem(KEY, JSON.stringify(this.items));
    document.body.dataset.unsaved = this.items.length;
  }

  async go() {
    if (this.isBusy) return;
    clearTimeout(this.timer);
    this.isBusy = true;
    let item;
    while ((item = this.items.find((one) => !one.isRefused))) {
      try {
        const answer = await ask("/api/reviews", item.review);
        this.items.splice(this.items.indexOf(item), 1);
        this.ids.add(answer.saved);
        this.keep();
        this.show();
        this.onSaved(answer, item.review);
      } catch (error) {
        item.error = error.message;
        item.isRefused = error instanceof Refused;
        this.keep();
        this.show();
        if (item.isRefused) continue;
        this.timer = setTimeout(() => this.go(), WAITS[Math.min(item.tries, WAITS.length - 1)]);
        item.tries += 1;
        break;
      }
    }
    this.isBusy = false;
  }

  /** Says what is not saved and why, for as long as that is so. */
  show() {
    const failed = this.items.filter((item) => item.error);
    const place = $("unsaved");
    if (!this.items.length && this.hasFailed) say("What was not saved is saved.");
    this.hasFailed = this.items.length > 0 && (this.hasFailed || failed.length > 0);
    place.hidden = !failed.length;
    if (!failed.length) { place.replaceChildren(); return; }
    const text = JSON.stringify(this.items.map((item) => item.review), null, 1);
    const refused = failed.filter((item) => item.isRefused);
    place.replaceChildren(
      el("p", {}, el("strong", {}, `${counted(this.items.length, "verdict")} not saved: `), ...shown(failed[0].error.replace(/[^.?!]$/, "$&.")), " What you said is kept here until it is saved."),
      el("ul", {}, this.items.slice(0, 5).map(({ review }) => el("li", {},
        `${review.verdict} `, el("bdi", {}, ...shown((review.text || review.source || review.document).slice(0, 160)))))),
      el("span", { class: "buttons" },
        el("button", { type: "button", onclick: () => this.go() }, "Try again"),
        el("button", { type: "button", onclick: () => navigator.clipboard.writeText(text) }, "Copy"),
        refused.length ? el("button", { type: "button", onclick: () => {
          this.items = this.items.filter((item) => !item.isRefused);
          this.keep();
          this.show();
        } }, "Give up what the server refuses") : ""),
    );
  }
}
