// Checks of formats and of the shape of JSON, for written.js: the rules of written_formats.py.
const BLANK = /^[ \t]*$/, DEEP = 50;
const NUMBERED = /^[ \t]{0,3}([0-9]{1,3})[.)][ \t]+[^\s\x1c-\x1f\x85]/, BULLET = /^[ \t]{0,3}[-*+•][ \t]+[^\s\x1c-\x1f\x85]/, BLOCK = /^[ \t]{0,3}(?:#{1,6}[ \t]|[-*+•][ \t]|>|\||```|~~~)/;
const count = (n, one, many) => [n === 1 ? one : many, { n }];

function readJson(text) {
  let depth = 0, string = false, escaped = false;
  for (const char of text) {
    if (string) [string, escaped] = [escaped || char !== '"', char === "\\" && !escaped];
    else if (char === '"') string = true;
    else if ("[{".includes(char)) { depth += 1; if (depth > DEEP) return [null, ["nested more than %(n)s levels deep", { n: DEEP }]]; }
    else if ("]}".includes(char)) depth -= 1;
  }
  try { return [JSON.parse(text)]; } catch { return [null, ["not valid JSON"]]; }
}
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const TYPES = { object: isObject, array: Array.isArray, string: (v) => typeof v === "string", number: (v) => typeof v === "number", integer: Number.isInteger, boolean: (v) => typeof v === "boolean", null: (v) => v === null };
const below = (path, name) => `${path}.${[...name].slice(0, 60).join("")}`;

function misfit(shape, value, path) {
  if (shape.type && !TYPES[shape.type](value)) return ["%(path)s is not of the type %(type)s", { path, type: shape.type }];
  if (shape.enum && !shape.enum.includes(value)) return ["%(path)s has another value than the allowed ones", { path }];
  const [size, low, high] = Array.isArray(value) ? [value.length, "minItems", "maxItems"] : typeof value === "string" ? [[...value].length, "minLength", "maxLength"] : typeof value === "number" ? [value, "minimum", "maximum"] : [];
  if (size < shape[low]) return ["%(path)s is too short or too small", { path }];
  if (size > shape[high]) return ["%(path)s is too long or too large", { path }];
  if (Array.isArray(value) && shape.items) {
    for (const [at, entry] of value.entries()) { const found = misfit(shape.items, entry, `${path}[${at + 1}]`); if (found) return found; }
  } else if (isObject(value)) {
    const inner = shape.properties ?? {};
    for (const name of shape.required ?? []) if (!Object.hasOwn(value, name)) return ["%(path)s is missing", { path: below(path, name) }];
    const extra = Object.keys(value).filter((name) => !Object.hasOwn(inner, name)).sort();
    if (extra.length && shape.additionalProperties === false) return ["%(path)s is not allowed", { path: below(path, extra[0]) }];
    for (const name of Object.keys(inner)) { const found = Object.hasOwn(value, name) && misfit(inner[name], value[name], below(path, name)); if (found) return found; }
  }
  return null;
}

const cells = (line) => {
  let inner = line.replace(/^[ \t]+|[ \t]+$/g, "").replace(/^\|/, "");
  if (inner.endsWith("|") && !inner.endsWith("\\|")) inner = inner.slice(0, -1);
  return inner.replaceAll("\\|", " ").split("|").map((cell) => cell.replace(/^[ \t]+|[ \t]+$/g, ""));
};
function listOf(lines, pattern) {
  let entries = 0;
  for (const [number, line] of lines) {
    const entry = line.match(pattern);
    if (entry) { entries += 1; if (entry[1] && Number(entry[1]) !== entries) return [false, "entry %(n)s has another number", { n: entries }]; }
    else if (!entries || !/^(?:  |\t)/.test(line)) return [false, "line %(n)s is not an entry", { n: number }];
  }
  return [entries > 1, ...count(entries, "1 entry", "%(n)s entries")];
}
const FORMATS = {
  json: (text) => { const [, problem] = readJson(text); return problem ? [false, ...problem] : [true, "valid JSON"]; },
  json_object: (text) => { const [value, problem] = readJson(text); return problem ? [false, ...problem] : isObject(value) ? [true, "a JSON object"] : [false, "JSON, but not an object"]; },
  numbered_list: (_, lines) => listOf(lines, NUMBERED),
  bullet_list: (_, lines) => listOf(lines, BULLET),
  markdown_table: (_, lines) => {
    const rows = lines.map(([, line]) => cells(line));
    if (lines.length < 3 || !lines[0][1].includes("|") || !rows[1].every((cell) => /^:?-+:?$/.test(cell))) return [false, "not a table with a head, a line of dashes and a row"];
    const bad = lines.find(([, line], at) => !line.includes("|") || rows[at].length !== rows[0].length);
    return bad ? [false, "line %(n)s does not have the cells of the head", { n: bad[0] }] : [true, ...count(lines.length - 2, "1 row", "%(n)s rows")];
  },
  single_paragraph: (text) => {
    let n = 0, blank = true;
    for (const [at, line] of text.split("\n").entries()) {
      n += blank && !BLANK.test(line);
      blank = BLANK.test(line);
      if (BLOCK.test(line) || NUMBERED.test(line)) return [false, "a list, heading or quotation in line %(n)s", { n: at + 1 }];
    }
    return [n === 1, ...count(n, "1 paragraph", "%(n)s paragraphs")];
  },
  no_markdown: (text) => {
    const at = text.split("\n").findIndex((line) => BLOCK.test(line) || ["**", "__", "`", "]("].some((sign) => line.includes(sign)));
    return at < 0 ? [true, "no Markdown"] : [false, "Markdown in line %(n)s", { n: at + 1 }];
  },
};

globalThis.moreChecks = {
  format: (check, text) => FORMATS[check.format](text, text.split("\n").map((line, at) => [at + 1, line]).filter(([, line]) => !BLANK.test(line))),
  json_schema: (check, text) => { const [value, problem] = readJson(text), found = problem ?? misfit(check.shape, value, "$"); return found ? [false, ...found] : [true, "fits"]; },
};
