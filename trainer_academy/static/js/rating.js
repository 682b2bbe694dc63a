// The rating screen. Progressive enhancement: without this file the form still posts.
const form = document.querySelector("#rate"), groups = [...form.querySelectorAll("fieldset")];

// A digit chooses the level of the criterion that has the focus, and moves on. Elsewhere, and in text fields, it does nothing.
addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".btn.primary"));
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
  const group = event.target.matches("input[type=radio]") ? event.target.closest("fieldset") : null;
  const level = group?.querySelector(`input[value="${event.key}"]`);
  if (!level) return;
  event.preventDefault();
  level.checked = true;
  level.dispatchEvent(new Event("input", { bubbles: true }));
  const next = groups[groups.indexOf(group) + 1];
  (next ? next.querySelector(":checked") ?? next.querySelector("input") : form.elements.comment).focus();
});

// Minutes left of the lock; the server sends seconds, so a wrong clock changes nothing.
const box = form.querySelector("[data-seconds]"), since = performance.now();
function tick() {
  const left = Number(box.dataset.seconds) - (performance.now() - since) / 1000;
  box.textContent = left > 0 ? form.dataset.left.replace("{n}", String(Math.ceil(left / 60))) : form.dataset.over;
  if (left > 0) setTimeout(tick, 20000);
}
if (box) tick();

// What was chosen and written leaves the page only on purpose.
let dirty = false;
form.addEventListener("input", () => { dirty = true; });
form.addEventListener("submit", () => { dirty = false; });
addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
