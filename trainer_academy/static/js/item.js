// The item screen of practice and exam. Progressive enhancement: without this file the form still posts.
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const form = $("#task"), live = $("#live"), words = form.dataset;
const say = (text) => { if (live) live.textContent = text; };
const notice = $("#notice"), warn = (text) => { if (notice) { notice.hidden = !text; notice.textContent = text; } };

// Spoken meaning of the chosen point on the scale.
const means = $(".means");
const showMeaning = () => {
  const chosen = $(".scale :checked");
  if (!means) return;
  means.hidden = !chosen;
  if (chosen) means.textContent = $(".vh", chosen.parentNode).textContent;
};
form.addEventListener("change", showMeaning);
showMeaning();

// Words in the reason, for any script.
const why = $("textarea[name=reason]"), count = $(".count");
const countWords = (text) => {
  const t = text.trim();
  if (!t) return 0;
  if (!globalThis.Intl?.Segmenter) return t.split(/\s+/).length;
  return [...new Intl.Segmenter(document.documentElement.lang, { granularity: "word" }).segment(t)].filter((w) => w.isWordLike).length;
};
if (why && count) {
  const show = () => { count.textContent = count.dataset.text.replace("0", String(countWords(why.value))); };
  why.addEventListener("input", show);
  show();
}

// A and B as tabs on a phone; B carries a dot until it was opened. Saving without opening B warns once.
let warned = false;
for (const tab of $$(".tabs input")) tab.addEventListener("change", () => {
  tab.parentNode.classList.remove("unseen");
  warn("");
  scrollTo({ top: $(".tabs").offsetTop - 4 });
});
const isHiddenB = () => $(".tb-.unseen") && getComputedStyle($(".tabs")).display !== "none";

// Both panels scroll together, by proportion.
const bodies = $$(".compare .resp .body");
let leader = null, frame = 0;
for (const body of bodies) {
  for (const kind of ["pointerenter", "focusin", "touchstart"]) body.addEventListener(kind, () => { leader = body; }, { passive: true });
  body.addEventListener("scroll", () => {
    if (leader !== body || frame) return;
    frame = requestAnimationFrame(() => {
      frame = 0;
      const part = body.scrollTop / Math.max(1, body.scrollHeight - body.clientHeight);
      for (const other of bodies) if (other !== body) other.scrollTop = part * (other.scrollHeight - other.clientHeight);
    });
  }, { passive: true });
}

// Error spans: select the wrong words, or touch the first and the last one; the numbers go into the next free row.
const text = $("[data-words]"), markRows = $$("[data-marks] .mark-row");
if (text && markRows.length) {
  const field = (row, part) => $(`input[name$="-${part}"]`, row);
  let begin = 0;
  const paint = () => {
    const ranges = markRows.map((row) => [field(row, "from").value, field(row, "to").value].map(Number)).filter(([a, b]) => a && b);
    for (const word of $$("[data-word]", text)) {
      const n = Number(word.dataset.word);
      word.classList.toggle("marked", ranges.some(([a, b]) => n >= Math.min(a, b) && n <= Math.max(a, b)));
      word.classList.toggle("start", n === begin);
    }
  };
  const put = (one, other) => {
    const free = markRows.find((row) => !field(row, "from").value);
    begin = 0;
    if (free) {
      field(free, "from").value = Math.min(one, other);
      field(free, "to").value = Math.max(one, other);
      form.elements.clean.checked = false;
      if (free.closest("details")) free.closest("details").open = true;
      field(free, "from").dispatchEvent(new Event("input", { bubbles: true }));
    }
    paint();
  };
  text.addEventListener("click", (event) => {
    const chosen = getSelection(), word = event.target.closest("[data-word]");
    if (!chosen.isCollapsed) {
      const inside = $$("[data-word]", text).filter((one) => chosen.getRangeAt(0).intersectsNode(one));
      chosen.removeAllRanges();
      if (inside.length) put(Number(inside[0].dataset.word), Number(inside.at(-1).dataset.word));
    } else if (word && begin) put(begin, Number(word.dataset.word));
    else if (word) { begin = Number(word.dataset.word); paint(); }
  });
  form.addEventListener("input", paint);
  paint();
}

// Ranking: buttons move a response up or down and write the ranks anew. Typed ranks stay possible.
const list = $("[data-list]");
if (list) {
  const rankOf = (row) => $("input.rank", row);
  const renumber = () => { [...list.children].forEach((row, place) => { rankOf(row).value = place + 1; }); list.dispatchEvent(new Event("input", { bubbles: true })); };
  for (const row of list.children) {
    for (const [sign, label, step] of [["↑", words.up, -1], ["↓", words.down, 1]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn", textContent: sign });
      button.setAttribute("aria-label", `${label}: ${$("h2, h3", row).textContent}`);
      button.addEventListener("click", () => {
        const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
        if (other) list.insertBefore(row, step < 0 ? other : other.nextElementSibling);
        renumber();
        button.focus();
      });
      $(".row .row", row).append(button);
    }
    row.draggable = true;
    row.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", row.dataset.response));
    row.addEventListener("dragover", (event) => event.preventDefault());
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      const moved = $(`[data-response="${event.dataTransfer.getData("text/plain")}"]`, list);
      if (moved && moved !== row) { list.insertBefore(moved, row); renumber(); }
    });
  }
}

// Exam: the answer is kept on this phone until the server has acknowledged it.
const saved = $("#saved"), key = words.attempt ? `unsent:${words.attempt}:${words.item}` : "";
const clock = (at = new Date()) => {
  const isToday = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], { ...(isToday ? {} : { day: "numeric", month: "short" }), hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
};
const state = (kind, text) => { if (saved) { saved.className = `saved small muted ${kind}`; saved.textContent = text; } };
const pack = () => { measure(); return new URLSearchParams([...new FormData(form)].filter(([name]) => name !== "go")); };
const keep = (text) => { try { localStorage.setItem(key, text); } catch { /* private mode */ } };
const forget = () => { try { localStorage.removeItem(key); } catch { /* private mode */ } };
// The states of an answer: changed on this page, on its way, or acknowledged. The copy on this phone goes only with the last one.
let timer = 0, sending = null, dirty = false, tries = 0, isOut = false, isStuck = false;
const LONGEST_PAUSE = 60000;

// What people may look at later: seconds on the screen, pasted text, the page left. The start page says so.
const signs = { paste: 0, left: 0 };
let shown = performance.now(), spent = 0;
const measure = () => {
  if (!form.elements.seconds) return;
  const time = spent + (document.hidden ? 0 : performance.now() - shown);
  form.elements.seconds.value = Math.round(time / 1000);
  form.elements.signals.value = Object.entries(signs).filter(([, n]) => n).map(([name, n]) => `${name}:${n}`).join(",");
};
document.addEventListener("visibilitychange", () => {
  if (document.hidden) { spent += performance.now() - shown; signs.left += 1; } else shown = performance.now();
});
form.addEventListener("paste", () => { signs.paste += 1; });

const pauseAfter = (reply) => {
  const asked = 1000 * Number(reply?.headers.get("Retry-After"));
  tries += 1;
  return asked > 0 ? Math.min(asked, LONGEST_PAUSE) : Math.min(2000 * 2 ** (tries - 1), LONGEST_PAUSE);
};
const later = (pause, text) => { dirty = true; state("off", text); timer = setTimeout(send, pause); };

// The form's token belongs to a sign-in. After a new one (here or in another tab) the page is asked for the token of today.
async function renew() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (page.querySelector('form[action$="/move"]')) location.reload(); // signed in anew: the page asks "move here?", the copy waits
  const token = page.querySelector("#task [name=csrf_token]");
  if (token) form.elements.csrf_token.value = token.value;
  return Boolean(token);
}
const post = () => fetch(form.action, { method: "POST", body: pack(), headers: { Accept: "application/json" }, keepalive: true });

// What a reply means. True: the server has stored the answer.
async function understand(reply) {
  const result = await reply.json().catch(() => null);
  if (reply.ok && result && "sequence" in result) {
    tries = 0;
    isOut = isStuck = false;
    signs.paste = signs.left = 0;
    form.elements.sequence.value = result.sequence + 1;
    setLeft(result.seconds_left);
    if (!dirty) { forget(); warn(""); state("", `${words.saved} ${clock()}`); }
    return true;
  }
  if (result?.moved) { dirty = true; state("off", words.offline); location.assign(location.href); return false; } // "move here?"
  if ([400, 401, 403].includes(reply.status) && (!result || reply.status !== 400 || isOut)) { askToSignIn(); return false; }
  if (reply.status === 409) { isStuck = true; offerReload(result?.error ?? words.offline); return false; }
  if ([400, 413, 422].includes(reply.status) && result) { isStuck = true; state("off", words.offline); warn(result.error); return false; }
  later(pauseAfter(reply), words.offline);
  return false;
}
function askToSignIn() {
  dirty = isOut = true;
  state("off", words.signedOut);
  const link = document.createElement("a");
  Object.assign(link, { href: words.signIn, target: "_blank", rel: "noopener", className: "btn", textContent: words.signInText });
  warn(words.signedOut);
  notice?.append(" ", link);
}
function offerReload(text) { // the newer answer stands on the page after this, and this one is offered there
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn", textContent: words.reload });
  button.addEventListener("click", () => location.reload());
  state("off", words.offline);
  warn(text);
  notice?.append(" ", button);
}
async function deliver() {
  dirty = false;
  try {
    let reply = await post();
    if ((reply.status === 401 || reply.status === 400) && await renew()) { isOut = false; dirty = false; reply = await post(); }
    else if (reply.status === 401 || reply.status === 400) isOut = true;
    return await understand(reply);
  } catch {
    later(pauseAfter(), words.offline);
    return false;
  }
}
async function send() {
  clearTimeout(timer);
  if (!dirty || sending || isStuck) return;
  sending = deliver();
  await sending;
  sending = null;
  if (dirty && !isOut && saved && !saved.classList.contains("off")) timer = setTimeout(send, 900);
}
function changed() {
  dirty = true;
  isStuck = false;
  keep(pack().toString());
  state("wait", words.saving);
  clearTimeout(timer);
  timer = setTimeout(send, 900);
}
if (saved?.dataset.at) state("", `${words.saved} ${clock(new Date(saved.dataset.at))}`);
if (words.autosave) {
  const unsent = (() => { try { return localStorage.getItem(key); } catch { return null; } })();
  const own = (text) => [...new URLSearchParams(text)].filter(([name]) => !["csrf_token", "sequence", "seconds", "signals"].includes(name));
  const restore = () => {
    for (const control of $$("input[type=radio], input[type=checkbox]", form)) if (control.name) control.checked = false;
    for (const [name, value] of own(unsent)) {
      const control = form.elements[name];
      if (control instanceof RadioNodeList) for (const one of control) one.checked = one.checked || one.value === value;
      else if (control?.type === "checkbox") control.checked = true;
      else if (control) control.value = value;
    }
    showMeaning();
    changed();
  };
  if (unsent && String(own(unsent)) === String(own(pack()))) forget();
  else if (unsent && Number(new URLSearchParams(unsent).get("sequence")) >= Number(form.elements.sequence.value)) restore();
  else if (unsent) { // a later answer was saved elsewhere: that one is shown, this one is offered
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn", textContent: words.useMine });
    button.addEventListener("click", () => { warn(""); restore(); });
    warn(words.later);
    notice?.append(" ", button);
  }
  form.addEventListener("input", changed);
  addEventListener("online", send);
  addEventListener("focus", () => { if (isOut) send(); });
  document.addEventListener("visibilitychange", () => { if (isOut && !document.hidden) send(); });
  addEventListener("pagehide", send);
}
form.addEventListener("submit", async (event) => {
  if (isHiddenB() && !warned && words.unseen) { event.preventDefault(); warned = true; return warn(words.unseen); }
  const button = event.submitter;
  if (sending) { // wait for the save under way, so that the sequence number is right
    event.preventDefault();
    await sending;
    setTimeout(() => form.requestSubmit(button), 0);
    return;
  }
  if (words.autosave && dirty) { // first the answer, then the way on: a page that cannot be reached takes nothing along
    event.preventDefault();
    clearTimeout(timer);
    keep(pack().toString());
    state("wait", words.saving);
    sending = deliver();
    const isStored = await sending;
    sending = null;
    if (isStored) setTimeout(() => form.requestSubmit(button), 0);
    return;
  }
  if (words.autosave && navigator.onLine === false) { event.preventDefault(); return state("off", words.offline); }
  clearTimeout(timer);
  measure();
});

// Time: the server sends seconds left, so a wrong phone clock cannot change it.
const timeBox = $("#timer");
let left = Number(timeBox?.dataset.left), since = performance.now();
const announced = new Set();
function setLeft(seconds) { left = seconds; since = performance.now(); }
function tick() {
  const now = Math.max(0, Math.round(left - (performance.now() - since) / 1000));
  timeBox.textContent = `${Math.floor(now / 60)}:${String(now % 60).padStart(2, "0")}`;
  for (const minute of [10, 5, 1]) if (now <= minute * 60 && now > minute * 60 - 5 && !announced.has(minute)) { announced.add(minute); say(words[`left${minute}`]); }
  if (now === 0) { finish(); return; }
  setTimeout(tick, 1000);
}
async function finish() { // the server would close the attempt within a minute anyway, with what it has
  await send();
  const close = document.createElement("form");
  close.method = "post";
  close.action = words.close;
  close.append(form.elements.csrf_token.cloneNode());
  document.body.append(close);
  close.submit();
}
if (timeBox) {
  tick();
  const hide = $("#hide-time");
  const hidden = (now) => { timeBox.classList.toggle("vh", now); hide.textContent = now ? words.show : words.hide; hide.setAttribute("aria-pressed", now); };
  hide.hidden = false;
  hidden(sessionStorage.getItem("hide-time") === "1");
  hide.addEventListener("click", () => { const now = !timeBox.classList.contains("vh"); sessionStorage.setItem("hide-time", now ? "1" : "0"); hidden(now); });
  setInterval(async () => {
    try { const reply = await fetch(timeBox.dataset.url, { headers: { Accept: "application/json" } }); if (reply.ok) setLeft((await reply.json()).seconds_left); } catch { /* next minute */ }
  }, 60000);
}

// Keys: 1 to 7 on the scale, F flags, Ctrl+Enter goes on. A key belongs to the control that has the focus, and single keys can be
// switched off.
const keysOn = $("#keys-on");
if (keysOn) {
  keysOn.closest("label").hidden = false;
  try { keysOn.checked = localStorage.getItem("keys-off") !== "1"; } catch { /* private mode */ }
  keysOn.addEventListener("change", () => { try { localStorage.setItem("keys-off", keysOn.checked ? "0" : "1"); } catch { /* private mode */ } });
}
const USES_KEYS = "textarea, select, [contenteditable], input:not([type=radio]):not([type=checkbox])";
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { event.preventDefault(); form.requestSubmit($(".btn.primary", form)); return; }
  if (!words.keys || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(USES_KEYS) || (keysOn && !keysOn.checked)) return;
  const scale = $$(".scale input");
  if (/^[1-7]$/.test(event.key) && scale.length === 7) { const point = scale[event.key - 1]; point.checked = true; point.focus(); point.dispatchEvent(new Event("change", { bubbles: true })); point.dispatchEvent(new Event("input", { bubbles: true })); event.preventDefault(); }
  else if (event.key === "f" && $("#flag")) { $("#flag").click(); event.preventDefault(); }
});
