// Comfort on top of pages that work without it: news, drafts, counters, menus.
(() => {
  "use strict";
  document.documentElement.classList.add("scripted");

  // The quiet "3 new" line. The event only names a topic; the page is asked for again when the reader wants it.
  const source = document.body.dataset.events;
  if (source && "EventSource" in window) {
    const events = new EventSource(source);
    events.addEventListener("news", (event) => {
      const news = JSON.parse(event.data);
      for (const line of document.querySelectorAll(`[data-live="${CSS.escape(news.topic)}"]`)) {
        const count = Number(line.dataset.seen || 0) + 1;
        line.dataset.seen = count;
        line.querySelector("span").textContent = count === 1 ? line.dataset.one : line.dataset.many.replace("{n}", count);
        line.hidden = false;
      }
      const bell = document.querySelector('[data-count="notifications"]');
      if (bell && news.topic === "notifications") {
        let badge = bell.querySelector(".count");
        if (!badge) {
          badge = document.createElement("span");
          badge.className = "count";
          bell.append(badge);
        }
        badge.textContent = Math.min(Number.parseInt(badge.textContent, 10) || 0, 98) + 1;
      }
    });
    window.addEventListener("pagehide", () => events.close());
  }

  // What is being written survives a lost connection and a closed tab, on this device only.
  const keep = "draft:" + location.pathname + ":";
  for (const area of document.querySelectorAll("[data-keep]")) {
    try {
      const kept = localStorage.getItem(keep + area.name);
      if (kept && !area.value) area.value = kept;
      area.addEventListener("input", () => localStorage.setItem(keep + area.name, area.value));
      area.form.addEventListener("submit", () => localStorage.removeItem(keep + area.name));
    } catch { /* no storage: nothing kept */ }
  }

  for (const area of document.querySelectorAll("[data-count][maxlength]")) {
    const line = document.createElement("p");
    line.className = "field__count";
    line.setAttribute("aria-hidden", "true");
    area.after(line);
    const count = () => { line.textContent = `${area.value.length} / ${area.maxLength}`; };
    area.addEventListener("input", count);
    count();
  }

  // Menus close when one looks elsewhere.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.querySelector("span").textContent = button.dataset.copied;
    });
  }

  const toast = document.querySelector("[data-toast]");
  if (toast) setTimeout(() => toast.remove(), 12000);

  // A form is sent once, however often one presses.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  });

  // On a phone the tab one is on may lie beyond the edge: slide the row, never the page.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft += tab.getBoundingClientRect().left - row.getBoundingClientRect().left - (row.clientWidth - tab.offsetWidth) / 2;
  }

  document.querySelector("#errors")?.focus();
})();
