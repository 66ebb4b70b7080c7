// What the desk does more comfortably with JavaScript. Nothing needs it.

// A page that says what is wrong is read from there.
document.querySelector("[role=alert]")?.focus?.();

// Where one is stands in view, also in a menu that is wider than a phone.
const menu = document.querySelector(".menu ul");
const here = menu?.querySelector("[aria-current]");
if (here) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;

// A form is sent once, however often its button is pressed.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
    // A page that comes back out of the browser's store can be sent again.
    addEventListener("pageshow", () => {
      delete form.dataset.sent;
      event.submitter?.removeAttribute("aria-busy");
    }, { once: true });
  });
}

// A file that is being worked on tells how far it is.
const watched = document.querySelector("[data-events]");
if (watched && "EventSource" in window) {
  const events = new EventSource(watched.dataset.events);
  const bar = watched.querySelector("progress");
  const words = watched.querySelector("[role=status]");
  events.onmessage = ({ data }) => {
    const { part, text, en } = JSON.parse(data);
    if (part >= 0) bar.value = part;
    else bar.removeAttribute("value");
    words.textContent = `${text} ${en}`;
  };
  events.onerror = () => {
    words.textContent = "与服务器的连接断了，办理照常进行，正在重新连接…… The connection is lost; the work goes on, and the page is connecting again.";
  };
  events.addEventListener("ended", () => {
    events.close();
    location.replace(location.pathname);
  });
}
