// The few things a page cannot do by itself. Everything works without this file; it only makes it quicker.
(function () {
  "use strict";
  const root = document.documentElement;
  root.dataset.js = "";

  // ---- Appearance: before the first paint, so this file is loaded in the head without defer.
  const KEY = "appearance";
  function remembered() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }
  function show(theme) {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === (root.dataset.theme || "system")));
    }
  }
  show(remembered());
  function choose(theme) {
    try {
      if (theme === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, theme);
    } catch { /* private window: the choice lasts for this page */ }
    show(theme);
  }

  // ---- A sentence for everybody, screen readers included.
  function say(words, tone) {
    const live = document.getElementById("live");
    if (!live) return;
    const box = document.createElement("div");
    box.className = `notice notice-${tone || "waiting"}`;
    const text = document.createElement("p");
    text.className = "notice-words";
    text.textContent = words;
    box.append(text);
    live.replaceChildren(box);
    if (tone !== "attention") setTimeout(() => box.remove(), 4000);
  }

  // ---- Copy buttons.
  async function copy(button) {
    const source = document.getElementById(button.dataset.copy);
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.value ?? source.textContent);
      say("Copied.", "ok");
    } catch {
      getSelection().selectAllChildren(source);
      say("Selected. Press Ctrl+C or Cmd+C to copy.", "waiting");
    }
  }

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
    const theme = target.closest("[data-theme-choice]");
    if (theme) return choose(theme.dataset.themeChoice);
    const copier = target.closest("[data-copy]");
    if (copier) return void copy(copier);
    const toggle = target.closest("[data-toggle]");
    if (toggle) {
      const panel = document.getElementById(toggle.dataset.toggle);
      const open = panel.toggleAttribute("data-open");
      toggle.setAttribute("aria-expanded", String(open));
      return;
    }
    // A link to a confirm page opens the dialog that says the same, when the page carries it.
    const opener = target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog);
      if (dialog) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    const closer = target.closest("[data-close]");
    if (closer) { event.preventDefault(); closer.closest("dialog").close(); return; }
    const all = target.closest("[data-check-all]");
    if (all) {
      for (const box of document.getElementsByName(all.dataset.checkAll)) box.checked = all.checked;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
      return;
    }
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    const panel = search.closest(".topbar-panel");
    if (panel && !panel.hasAttribute("data-open")) document.querySelector("[data-toggle='topbar-panel']")?.click();
    search.focus();
    search.select();
  });

  // ---- One press, one submit: a second press while the first is on its way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || (form.getAttribute("method") || "").toLowerCase() !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 5000);
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // ---- What only matters by another field's choice (`data-when="field=value other"`) shows while it does.
  function fit() {
    for (const part of document.querySelectorAll("[data-when]")) {
      const [name, values] = part.dataset.when.split("=");
      const deciders = [...document.getElementsByName(name)];
      const chosen = deciders.find((one) => one.type !== "radio" || one.checked);
      const wrong = part.querySelector(".errorlist");
      part.hidden = Boolean(chosen) && !wrong && !values.split(" ").includes(chosen.value);
    }
  }
  document.addEventListener("change", fit);
  document.addEventListener("DOMContentLoaded", fit);
  addEventListener("pageshow", fit);

  // ---- "3 minutes ago" stays true while the page is open. Same words as connectors/templatetags/ui.py.
  const UNITS = [["second", 60], ["minute", 3600], ["hour", 86400], ["day", 86400 * 14]];
  function ago(seconds) {
    const past = Math.abs(seconds);
    if (past < 10) return "just now";
    let size = 1;
    for (const [unit, below] of UNITS) {
      if (past < below) {
        const count = Math.floor(past / size);
        const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
        return seconds >= 0 ? `${words} ago` : `in ${words}`;
      }
      size = below;
    }
    return null;
  }
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const words = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
      if (words && words !== time.textContent) time.textContent = words;
    }
  }, 15000);

  document.addEventListener("DOMContentLoaded", () => show(root.dataset.theme));

  // ---- htmx: never leave somebody looking at a page that has stopped being true.
  const LOST = "ml-connector did not answer, so this page may be out of date. Reload it to see the current state.";
  document.addEventListener("htmx:sendError", () => say(LOST, "attention"));
  document.addEventListener("htmx:timeout", () => say(LOST, "attention"));
  document.addEventListener("htmx:responseError", () => say(LOST, "attention"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const asked = new URL(requestConfig.path, location.href).pathname;
    const elsewhere = xhr.responseURL && new URL(xhr.responseURL).pathname !== asked;
    if (elsewhere && requestConfig.verb === "get" && /^\s*<!doctype/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false; // signed out meanwhile: the whole page goes to the log-in, not a piece of it
      location.reload();
    }
  });
})();
