// What the desk does more comfortably with JavaScript. Nothing needs it.

// A page that says what is wrong is read from there.
document.querySelector("[role=alert]")?.focus?.();

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // A page that comes back out of the browser's store can be sent again.
    addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  });
}
