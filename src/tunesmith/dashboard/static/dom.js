// Makes elements from data. Text is always a text node: nothing that was stored can become markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

export const svg = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

// Sets a text and marks it for two seconds where it changed; the first time is no change.
export function set(element, text) {
  const next = String(text);
  if (element.textContent === next) return;
  const first = element.dataset.told === undefined;
  element.textContent = next;
  element.dataset.told = "";
  if (!first) mark(element);
}

export function mark(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // starts the animation anew
  element.classList.add("changed");
}

let silence = 0;

export function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => { place.textContent = ""; }, 5000);
}

export function copyButton(label, text) {
  return h("button", {
    type: "button",
    title: text,
    onclick: async (event) => {
      event.stopPropagation();
      try {
        await navigator.clipboard.writeText(text);
        say(`Copied: ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`);
      } catch {
        say(text);
      }
    },
  }, label);
}

export const empty = (text, ...typed) => h("div", { class: "empty" },
  h("p", null, text), typed.map((line) => h("p", null, h("code", null, line))));

export const trouble = (error) => h("div", { class: "banner", role: "alert" },
  h("p", null, error.message), error.hint && h("p", { class: "quiet" }, error.hint));

// A question before what cannot be taken back; the button names what it does.
export function confirmed(question, action) {
  return new Promise((resolve) => {
    const close = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = h("dialog", { oncancel: () => resolve(false) },
      h("p", null, question),
      h("div", { class: "tools" },
        h("button", { type: "button", class: "danger", onclick: () => close(true) }, action),
        h("button", { type: "button", onclick: () => close(false) }, "Leave it")));
    document.body.append(dialog);
    dialog.showModal();
  });
}
