import type { Guide, Word } from "./guide";

/** A text that may stand for a part of the query. */
export interface Completion {
  text: string;
  note: string;
  from: number;
  to: number;
}

const most = 60;
const operators: Word[] = [
  { text: "<", note: "less than" },
  { text: ">", note: "more than" },
  { text: "=", note: "equal" },
  { text: "<=", note: "at most; an extension" },
  { text: ">=", note: "at least; an extension" },
];

/** Returns what may come at the caret. It proposes and judges nothing: that is the server's part. */
export function complete(query: string, caret: number, guide: Guide): Completion[] {
  const before = query.slice(0, caret);
  if (!query.trim()) return offer(guide.examples, "", 0, query.length).concat(tags("", 0, query.length, guide));
  const at = before.indexOf("@");
  if (at < 0) {
    const end = query.indexOf("@");
    return tags(before, 0, end < 0 ? query.length : end + 1, guide);
  }
  const mark = before.indexOf("?", at);
  if (mark < 0) return rankers(before.slice(at + 1), query, at + 1, caret, guide);
  const start = Math.max(mark, before.lastIndexOf("&")) + 1;
  return condition(before.slice(start), start, query.slice(caret), guide);
}

function tags(typed: string, from: number, to: number, guide: Guide): Completion[] {
  return offer(
    guide.tags.map(t => ({ text: t.text + "@", note: t.note })),
    typed.trim(),
    from,
    to,
  );
}

function rankers(typed: string, query: string, start: number, caret: number, guide: Guide): Completion[] {
  const word = typed.trim().toLowerCase();
  if (guide.rankers.some(r => r.text === word)) {
    return query.slice(caret).trim() ? [] : [{ text: "?", note: "add a condition", from: caret, to: caret }];
  }
  const end = query.indexOf("?", start);
  return offer(guide.rankers, word, start, end < 0 ? query.length : end);
}

// What stands after the caret of the same word, operator or value is replaced with it.
function condition(typed: string, start: number, after: string, guide: Guide): Completion[] {
  const [, blank = "", name = "", gap = "", operator = "", value = ""] = /^(\s*)(\w*)(\s*)([<>=]*)(.*)$/s.exec(typed) ?? [];
  const spec = guide.specs.find(s => s.text === name.toLowerCase());
  const from = start + blank.length,
    caret = start + typed.length;
  const end = (rest: RegExp) => caret + (rest.exec(after)?.[0].length ?? 0);
  if (!spec) return operator ? [] : offer(guide.specs, name, from, end(/^\w*/));
  if (!operator && /^\w/.test(after)) return offer(guide.specs, name, from, end(/^\w*/));
  if (!operator) return offer(operators, "", from + name.length + gap.length, end(/^\s*[<>=]*/));
  if (value.trim()) return /^\s*(&|$)/.test(after) ? [{ text: "&", note: "add another condition", from: caret, to: end(/^\s*&?/) }] : [];
  const notes = ["the least", "the most"];
  const figures = spec.values.map((text, i) => ({ text, note: `${notes[i]} of the chat models now (${spec.note})` }));
  return offer(figures, "", caret, end(/^[^&]*/));
}

/** Returns the words that begin with what is typed, then those that contain it. */
function offer(words: Word[], typed: string, from: number, to: number): Completion[] {
  const wanted = typed.toLowerCase();
  const rank = (w: Word) => (w.text.toLowerCase().startsWith(wanted) ? 0 : w.text.toLowerCase().includes(wanted) ? 1 : 2);
  return words
    .map(word => ({ word, rank: rank(word) }))
    .filter(r => r.rank < 2)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ word }) => ({ text: word.text, note: word.note, from, to }));
}
