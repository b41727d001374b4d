/* A slider beside each number that has a span (data-slide="least most"). The number is what is sent. */
"use strict";
(function () {
  function follow(slider, number) {
    slider.value = number.value === "" ? number.dataset.unset || slider.min : number.value;
    slider.setAttribute("aria-valuetext", number.value === "" ? "not set" : number.value);
  }

  function addSlider(number) {
    const span = number.dataset.slide.split(" ");
    const label = document.querySelector('label[for="' + number.id + '"]');
    const slider = document.createElement("input");
    slider.type = "range";
    slider.className = "form-range";
    slider.min = span[0];
    slider.max = span[1];
    slider.step = number.step || "1";
    slider.setAttribute("aria-label", (label ? label.firstChild.textContent.trim() : "") + ", slider");
    follow(slider, number);
    slider.addEventListener("input", function () {
      number.value = slider.value;
      slider.setAttribute("aria-valuetext", slider.value);
    });
    number.addEventListener("input", function () { follow(slider, number); });
    number.before(slider);
  }

  function addSliders() {
    document.querySelectorAll("input[data-slide]").forEach(function (number) {
      if (!number.parentElement.querySelector("input[type=range]")) addSlider(number);
    });
  }

  /* The live answer fills and empties the places of errors: their controls say so too. */
  function tellErrors() {
    document.querySelectorAll("#scenario .field-error[id$=_error]").forEach(function (place) {
      const control = document.getElementById(place.id.slice(0, -"_error".length));
      if (!control) return;
      const wrong = place.textContent.trim() !== "";
      const about = (control.getAttribute("aria-describedby") || "").split(" ").filter(function (id) {
        return id && id !== place.id;
      });
      if (wrong) about.unshift(place.id);
      control.classList.toggle("is-invalid", wrong);
      if (wrong) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
      if (about.length) control.setAttribute("aria-describedby", about.join(" "));
      else control.removeAttribute("aria-describedby");
    });
  }

  /* After an event was added or removed the keyboard stays where the list changed. */
  function keepPlace(swapped) {
    if (swapped.id !== "events" || document.activeElement !== document.body) return;
    const last = swapped.querySelector(".event:last-of-type input:not([type=hidden]):not([type=range]), .event-add button");
    if (last) last.focus({ preventScroll: true });
  }

  document.addEventListener("DOMContentLoaded", addSliders);
  document.addEventListener("htmx:afterSettle", function (event) {
    addSliders();
    tellErrors();
    keepPlace(event.detail.elt);
  });
})();
