// Tend's own script: live state, keyboard queue, dialling, and a polite page that does not move under a thumb.
// No eval and no inline code (strict CSP). Every page works without it.
const one = (query, within = document) => within.querySelector(query);
const all = (query, within = document) => [...within.querySelectorAll(query)];

// ---- live: the dot says whether the stream is open; the names of htmx's events stand here and nowhere else
let state = "off";
let wasOpen = false;
const SAID = { on: "Live", off: "Connecting…", lost: "Reconnecting…" };

function show() {
  for (const dot of all(".live")) {
    dot.dataset.state = state;
    dot.textContent = SAID[state];
  }
}

function becomes(next) {
  state = next;
  show();
}

document.addEventListener("htmx:sseOpen", () => {
  if (wasOpen) refresh(); // something may have happened while the stream was down
  wasOpen = true;
  becomes("on");
});
document.addEventListener("htmx:sseError", () => becomes("lost"));
document.addEventListener("htmx:sseClose", () => becomes("lost"));
document.addEventListener("htmx:afterSettle", () => {
  one("#news")?.remove(); // whatever was new is in the block now
  show();
  if (goOn) mark(at);
  goOn = false;
});

// ---- nothing moves under a thumb: a hint that arrives while someone is busy waits behind a button
function refresh() {
  const block = one("[data-live]");
  if (block) htmx.trigger(block, "refresh");
}

function busy(block) {
  const focused = document.activeElement;
  const far = block.id === "today" && scrollY > 120; // in a conversation what is new comes at the end
  return far || Boolean(one("details[open]:not(.calm)", block)) || (block.contains(focused) && focused !== block);
}

// The block says in `data-live` what it shows; one that says the same again (an echo of our own press) stays as it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig, serverResponse } = event.detail;
  if (requestConfig.triggeringEvent?.type !== "sse:changed") return;
  const same = serverResponse.includes(`data-live="${target.dataset.live}"`);
  if (!same && !busy(target)) return;
  event.detail.shouldSwap = false;
  if (!same) offer();
});

function offer() {
  if (one("#news")) return;
  const button = document.createElement("button");
  button.id = "news";
  button.className = "btn main news";
  button.textContent = "Something new: show";
  button.addEventListener("click", () => {
    button.remove();
    refresh();
    scrollTo({ top: 0 });
  });
  document.body.append(button);
}

// ---- what went wrong is said, never swallowed
function toast(words) {
  const line = document.createElement("p");
  line.className = "toast";
  line.textContent = words;
  one("#toasts").replaceChildren(line);
  setTimeout(() => line.remove(), 8000);
}

document.addEventListener("htmx:responseError", (event) => toast(event.detail.xhr.responseText.slice(0, 200) || "That did not work."));
document.addEventListener("htmx:sendError", () => toast("Tend cannot be reached. Nothing was changed."));

// ---- Call and Text: the server takes the conversation over first, then the phone opens
document.addEventListener("htmx:afterRequest", (event) => {
  const dial = event.detail.elt.dataset.dial;
  if (dial && event.detail.successful) location.assign(dial);
});

// ---- keys: J and K move, Enter opens, E is done, S opens snooze, Ctrl+Enter sends
let at = 0;
let goOn = false; // Done by key: the next card takes the place of the one that went
const cards = () => all(".queue .lead").filter((card) => card.checkVisibility());

function mark(index) {
  const found = cards();
  if (!found.length) return;
  at = Math.max(0, Math.min(index, found.length - 1));
  found.forEach((card, n) => (n === at ? card.setAttribute("aria-current", "true") : card.removeAttribute("aria-current")));
  found[at].scrollIntoView({ block: "nearest" });
  one("h2 a", found[at]).focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.target.closest("#reply")?.requestSubmit();
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input,textarea,select")) return;
  const found = cards();
  const current = one(".queue .lead[aria-current]");
  const scope = found.length ? current ?? found[0] : document;
  const key = event.key.toLowerCase();
  if (key === "j") mark(current ? at + 1 : 0);
  else if (key === "k") mark(at - 1);
  else if (key === "e") {
    goOn = found.length > 0;
    one("[data-key=e]", scope)?.click();
  }
  else if (key === "s") {
    const summary = one("summary[data-key=s]", scope);
    summary?.click();
    one("button", summary?.parentElement ?? document)?.focus();
  } else return;
  event.preventDefault();
});

// ---- the pane explains the card in hand
document.addEventListener("focusin", (event) => {
  const card = event.target.closest(".queue .lead");
  const pane = one("#why");
  if (!card || !pane) return;
  const found = cards();
  at = found.indexOf(card);
  one("h2", pane).textContent = at === 0 ? `Why ${card.dataset.name} is first` : `Why ${card.dataset.name}`;
  one(".ledger-box", pane)?.replaceWith(one(".ledger-of", card).content.cloneNode(true));
});

// ---- a phone that slept: look again when it wakes
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && state === "lost") refresh();
});
