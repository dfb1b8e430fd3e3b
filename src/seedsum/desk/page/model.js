// What an article looks like after a verdict that is not saved yet. No page in here.

const OPEN = new Set(["unchecked", "stale", "rejected"]);
const STATES = { accepted: "accepted", edited: "edited", rejected: "rejected" };

export const isOpen = (state) => OPEN.has(state);

export const target = (view, id) => view.rows.find((row) => row.id === id) || view.summary.find((one) => one.id === id);

/** The ids of all that can be selected, as they stand on the page. */
export const order = (view) => [...view.summary.filter((one) => one.has_own_words).map((one) => one.id), ...view.rows.map((row) => row.id)];

/** A review of a sentence as its reviewer sees it: what it says is added. */
export function about(view, item, said) {
  const base = { document: view.name, source_sha256: view.source_sha256, segment: item.id };
  if (item.cites) return { ...base, part: "summary", source: item.source, machine_text: item.text, ...said };
  const { direction, source, before, after } = item;
  return { ...base, part: "sentence", direction, source, before, after, machine_text: item.english, ...said };
}

/** The view with a review in it, as the server will give it back. */
export function applied(view, review) {
  if (review.part === "article") {
    const isDone = review.verdict === "accepted";
    return { ...view, done_by: isDone ? review.reviewer || "you" : "" };
  }
  const item = target(view, review.segment);
  if (!item || item.source !== review.source || review.part === "term") return view;
  const after = { ...item, ...said(item, review) };
  const rows = view.rows.map((row) => (row === item ? after : row));
  const summary = view.summary.map((one) => summarised(one === item ? after : one, view, rows));
  const open = new Map([...rows, ...summary].map((one) => [one.id, one]));
  return {
    ...view,
    title: item.role === "title" && view.title === item.english ? after.english : view.title,
    rows,
    summary,
    looks: view.looks.filter((id) => open.get(id)?.needs_look),
    blocking: view.blocking.filter((id) => isOpen(open.get(id)?.state)),
  };
}

function said(item, review) {
  const flags = (item.flags || []).map((flag) => ({ ...flag, is_open: flag.is_open && !(review.dismissed || []).includes(flag.code) }));
  if (review.verdict === "dismissed") {
    const isDoubted = flags.some((flag) => flag.is_open && flag.sure !== "possible");
    const isAsked = item.cites || item.is_asked;
    return { flags, needs_look: item.needs_look && Boolean(isAsked || isDoubted) };
  }
  const key = item.cites ? "text" : "english";
  if (review.verdict === "withdrawn") return { state: "unchecked", [key]: item.machine || item[key], machine: "", note: "", needs_look: true };
  const text = review.verdict === "rejected" ? item[key] : review.text || item[key];
  return {
    state: STATES[review.verdict],
    [key]: text,
    machine: text === item[key] ? item.machine : item.machine || item[key],
    note: review.note || "",
    flags: review.verdict === "edited" && text !== item[key] ? [] : flags,
    stale: null,
    elsewhere: null,
    needs_look: false,
  };
}

function summarised(one, before, rows) {
  const cited = rows.filter((row) => one.cites.includes(row.id));
  if (one.has_own_words) return { ...one, is_open: isOpen(one.state) };
  const state = cited.find((row) => isOpen(row.state))?.state || cited.find((row) => row.state !== "same")?.state || "same";
  const was = before.rows.find((row) => row.id === one.cites[0]);
  const now = cited.find((row) => row.id === one.cites[0]);
  const text = was && now && was.english !== now.english && one.text === was.english ? now.english : one.text;
  return { ...one, state, text, is_open: isOpen(state) };
}
