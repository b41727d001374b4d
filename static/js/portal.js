/* Small manners of every page. Everything works without it. */
"use strict";

/* Theme buttons show which choice holds. */
function showTheme() {
  for (const button of document.querySelectorAll("[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === window.portalTheme.chosen()));
  }
}

/* On a low screen the rail scrolls: where one is shall be in sight. */
function showWhereOneIs() {
  const here = document.querySelector(".rail nav [aria-current]");
  const nav = here && here.closest("nav");
  if (nav && here.offsetTop + here.offsetHeight > nav.clientHeight) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;
}

document.addEventListener("click", function (event) {
  const button = event.target.closest("[data-theme]");
  if (button) {
    window.portalTheme.choose(button.dataset.theme);
    showTheme();
  }
  for (const menu of document.querySelectorAll("details.user-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", function (event) {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.user-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* One form, one submit: a second click must not send it again. The page may come back from the browser's cache. */
document.addEventListener("submit", function (event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", function () {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

/* What htmx swapped is told to screen readers; what went wrong is told to everybody. */
document.addEventListener("htmx:afterSettle", function (event) {
  const swapped = event.detail.elt;
  if (!swapped || !swapped.closest) return;
  const told = swapped.matches("[data-announce]") ? swapped : swapped.querySelector("[data-announce]");
  const live = document.getElementById("announce");
  if (told && live && live.textContent !== told.dataset.announce) live.textContent = told.dataset.announce;
  tellTrouble("");
  /* The link that was followed may be gone with what it swapped: the keyboard stays with the new rows. */
  if (event.detail.boosted && document.activeElement === document.body) {
    const region = swapped.querySelector("[role=region][tabindex]");
    if (region) region.focus({ preventScroll: true });
  }
});
document.addEventListener("htmx:afterRequest", function (event) {
  const form = event.detail.elt.closest && event.detail.elt.closest("form[data-sent]");
  if (form) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});
document.addEventListener("htmx:responseError", function (event) {
  const status = event.detail.xhr.status;
  tellTrouble(
    status === 403
      ? "Refused: your role does not allow this, or the page is too old. Reload the page."
      : "The portal answered with error " + status + ". Reload the page; if it stays, tell your administrator."
  );
});
document.addEventListener("htmx:sendError", function () {
  tellTrouble("The portal does not answer. What you see may be out of date.");
});

function tellTrouble(text) {
  const box = document.getElementById("trouble");
  if (!box || box.textContent === text) return;
  box.textContent = text;
  box.hidden = !text;
}

document.addEventListener("DOMContentLoaded", function () {
  showTheme();
  showWhereOneIs();
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
});
