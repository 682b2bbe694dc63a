// The rules of written_checks.py while a text is being written. written_formats.js adds `moreChecks` when there is a text.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+/u;
const UNSPACED = [
  ["\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3fffd}", 58],
  ["\u3041-\u3096\u309d\u309e", 65],
  ["\u30a1-\u30fa\u30fc-\u30fe\u31f0-\u31ff\uff66-\uff9d", 28],
  ["\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46", 38],
  ["\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6\u0edc-\u0edf", 35],
  ["\u1780-\u17b3\u17d7", 34],
  ["\u1000-\u102a\u103f\u1050-\u1055", 47],
].map(([letters, words]) => [letters, words, new RegExp(`[${letters}]`, "gu")]);
const ANY_UNSPACED = new RegExp(`[${UNSPACED.map(([letters]) => letters).join("")}]`, "gu"), ONE_UNSPACED = new RegExp(ANY_UNSPACED.source, "u");
const SHORT = new Set(["mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "no.", "vs.", "e.g.", "i.e.", "approx."]);
const LINE_MARK = /^[ \t]{0,40}(?:[-*+•]|[0-9]{1,3}[.)]|#{1,6}|>)[ \t]/;

const pieces = (text) => text.split(SPACE).filter(Boolean);
const hasWord = (piece) => /[\p{L}\p{N}]/u.test(piece);
const plainLines = (text) => text.split("\n").map((line) => { const rest = line.replace(LINE_MARK, ""); return /^[ \t]*(?:```|~~~)/.test(rest) ? "" : rest; });

export function countWords(text) {
  const body = plainLines(text).join("\n");
  const hundredths = UNSPACED.reduce((sum, [, words, letters]) => sum + words * (body.match(letters)?.length ?? 0), 0);
  return (hundredths && Math.max(1, Math.floor((hundredths + 50) / 100))) + pieces(body.replace(ANY_UNSPACED, " ")).filter(hasWord).length;
}

function isEnd(word, following) {
  let last = word.length;
  while (last && "\"'”’»)]*_」』）".includes(word[last - 1])) last -= 1;
  const bare = word.slice(0, last), stop = bare.at(-1);
  if (!stop || !".!?…۔؟।॥።៕။。！？｡".includes(stop)) return false;
  return !".…".includes(stop) || (!SHORT.has(bare.toLowerCase()) && !/\p{Lowercase}/u.test(following.match(/[\p{L}\p{N}]/u)?.[0] ?? ""));
}

export function countSentences(text) {
  const blocks = [], lines = text.split("\n");
  let fresh = true, number = 0;
  plainLines(text).forEach((plain, at) => {
    if (fresh || plain !== lines[at]) blocks.push([plain]); else blocks.at(-1).push(plain);
    fresh = !pieces(plain).length;
  });
  for (const block of blocks) {
    let open = false;
    pieces(block.join("\n").replace(/[。！？｡]/g, "$& ")).forEach((word, at, all) => {
      open ||= hasWord(word);
      if (open && isEnd(word, all[at + 1] ?? "")) { number += 1; open = false; }
    });
    number += open;
  }
  return number;
}

const fold = (text) => text.normalize("NFC").toLowerCase().replace(/[‘’‚‛]/g, "'").replace(/[“”„‟«»]/g, '"').split(SPACE).join(" ").replace(/^ +| +$/g, "");
const isPart = (char) => char && /[\p{L}\p{N}\p{M}]/u.test(char) && !ONE_UNSPACED.test(char);
const before = (text, at) => { const code = text.codePointAt(at - 2); return code > 0xffff ? String.fromCodePoint(code) : text[at - 1]; };
const after = (text, at) => (at < text.length ? String.fromCodePoint(text.codePointAt(at)) : "");
function hasPhrase(text, phrase) {
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const end = at + phrase.length, joins = (one, two) => isPart(one) && isPart(two);
    if (!joins(at && before(text, at), after(phrase, 0)) && !joins(before(phrase, phrase.length), after(text, end))) return true;
  }
  return false;
}
const quoted = (phrases) => ({ phrases: phrases.map((one) => `“${one}”`).join(", ") });
const count = (n, one, many) => [n === 1 ? one : many, { n }];

const CHECKS = {
  length: (check, text) => { const n = countWords(text); return [n >= check.min && (!check.max || n <= check.max), ...count(n, "1 word", "%(n)s words")]; },
  sentences: (check, text) => { const n = countSentences(text); return [n <= check.max, ...count(n, "1 sentence", "%(n)s sentences")]; },
  contains: (check, text) => {
    const folded = fold(text), isThere = (phrase) => folded.includes(fold(phrase));
    const found = check.any_of.filter(isThere), missing = check.all_of.filter((phrase) => !isThere(phrase));
    if (check.any_of.length) return found.length ? [true, "found: %(phrases)s", quoted(found)] : [false, "none of them"];
    return missing.length ? [false, "missing: %(phrases)s", quoted(missing)] : [true, "all found"];
  },
  excludes: (check, text) => {
    const folded = fold(text), found = check.phrases.filter((phrase) => hasPhrase(folded, fold(phrase)));
    return found.length ? [false, "found: %(phrases)s", quoted(found)] : [true, "none of them"];
  },
};

// { isMet, found } for each check, null for one that is not fetched: what the server found stays.
export function runChecks(checks, text, words = {}) {
  const isBlank = !pieces(text).length;
  return checks.map((check) => {
    const run = CHECKS[check.check] ?? globalThis.moreChecks?.[check.check];
    if (!run) return null;
    const [isMet, id, values = {}] = isBlank ? [false, "no text yet"] : run(check, text);
    return { isMet, found: (words[id] ?? id).replace(/%\((\w+)\)s|\{(\w+)\}/g, (_, one, two) => String(values[one ?? two])) };
  });
}

function start(box) {
  const own = box.dataset, checks = JSON.parse(own.checks), words = JSON.parse(own.words), form = box.form;
  const rows = [...form.querySelectorAll("[data-check-list] > li")], live = form.querySelector("[data-check-live]");
  let timer = 0, spoken = "", spokenAt = 0, speaker = 0;
  const speak = (text) => {
    clearTimeout(speaker);
    if (text === spoken) return;
    const wait = spokenAt + 2000 - performance.now();
    if (wait > 0) { speaker = setTimeout(() => speak(text), wait); return; }
    spoken = live.textContent = text;
    spokenAt = performance.now();
  };
  const show = () => {
    const results = runChecks(checks, box.value, words);
    results.forEach((result, at) => {
      if (!result) return;
      const { isMet, found } = result, state = rows[at].querySelector("[data-state]");
      state.className = isMet ? "tag ok" : "tag";
      state.textContent = isMet ? own.met : own.not;
      rows[at].querySelector("[data-found]").textContent = found;
    });
    return own.summary.replace("{n}", results.filter((one) => one?.isMet).length).replace("{total}", results.length);
  };
  form.querySelector("[data-check-button]").parentNode.hidden = true;
  spoken = show();
  if (!form.dataset.autosave) box.addEventListener("keydown", (event) => { // in practice item.js is not there
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") form.requestSubmit(form.querySelector(".primary"));
  });
  const fetchMore = () => import(own.formats).then(() => speak(show()), () => {});
  if (own.formats) { if (box.value) fetchMore(); else box.addEventListener("input", fetchMore, { once: true }); }
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => speak(show()), 300); });
}
if (globalThis.document) for (const box of document.querySelectorAll("textarea[data-checks]")) start(box);
