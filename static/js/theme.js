/* Loaded before anything is drawn, so that no page flashes in the wrong theme. */
"use strict";
(function () {
  const KEY = "zcsp-theme";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY) || "auto";
    } catch (error) {
      return "auto"; // storage may be switched off
    }
  }

  function apply() {
    const choice = chosen();
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new CustomEvent("portal:theme", { detail: root.dataset.bsTheme }));
  }

  window.portalTheme = {
    chosen: chosen,
    choose: function (choice) {
      try {
        localStorage.setItem(KEY, choice);
      } catch (error) {
        root.dataset.bsTheme = choice; // for this page at least
      }
      apply();
    },
  };

  root.classList.remove("no-js");
  dark.addEventListener("change", apply);
  apply();
})();
