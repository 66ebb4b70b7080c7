// Building elements. Text is always set as text, so nothing that a license or
// a server says can become markup.

// h makes an element: h("p", { class: "why" }, "text", child). Attributes that
// are false, null or undefined are left out, functions become listeners.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, v] of Object.entries(attributes ?? {})) {
    if (typeof v === "function") element.addEventListener(name, v);
    else if (v !== false && v !== null && v !== undefined) element.setAttribute(name, v === true ? "" : v);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// both says one thing in Chinese and, smaller, in English.
export const both = ({ zh, en }) => (en ? [zh, " ", h("span", { class: "en", lang: "en" }, en)] : [zh]);

export const say = (zh, en) => both({ zh, en });

const SVG = "http://www.w3.org/2000/svg";

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

export const badge = (b, english) =>
  h("span", { class: `badge ${b.class}` }, icon(b.icon), h("span", null, english ? both(b) : b.zh));

// age says how long ago an instant in milliseconds was.
export function age(at) {
  const s = Math.max(0, Math.round((Date.now() - at) / 1000));
  if (s < 60) return { zh: "刚刚", en: "just now" };
  if (s < 3600) return { zh: `${Math.floor(s / 60)} 分钟前`, en: `${Math.floor(s / 60)} min ago` };
  if (s < 172800) return { zh: `${Math.floor(s / 3600)} 小时前`, en: `${Math.floor(s / 3600)} h ago` };
  return { zh: `${Math.floor(s / 86400)} 天前`, en: `${Math.floor(s / 86400)} days ago` };
}

// duration says a number of seconds in the largest unit that fits.
export function duration(seconds) {
  const s = Math.abs(seconds);
  if (s < 5400) return { zh: `${Math.round(s / 60)} 分钟`, en: `${Math.round(s / 60)} min` };
  if (s < 172800) return { zh: `${Math.round(s / 3600)} 小时`, en: `${Math.round(s / 3600)} h` };
  return { zh: `${Math.round(s / 86400)} 天`, en: `${Math.round(s / 86400)} days` };
}

export const byId = (id) => document.getElementById(id);
