// A text field with line numbers, colours and suggestions.

import { h } from "./dom.js";

const PAIRS = { "{": "}", "(": ")", "[": "]", '"': '"' };

export class Editor {
  constructor(host, { label, colour, suggest, changed, rows = 0 }) {
    this.colour = colour;
    this.suggest = suggest;
    this.changed = changed;
    this.lines = h("div", { class: "numbers", "aria-hidden": "true" });
    this.paint = h("pre", { class: "paint", "aria-hidden": "true" });
    this.field = h("textarea", {
      class: "field", "aria-label": label, spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", rows: rows || null,
      oninput: () => this.update(true), onscroll: () => this.follow(), onkeydown: event => this.key(event), onblur: () => this.close(), onclick: () => this.close(),
    });
    this.list = h("ul", { class: "offers", role: "listbox", hidden: true });
    this.note = h("div", { class: "offer-note" });
    host.append(h("div", { class: "gutter" }, this.lines), h("div", { class: "layers" }, this.paint, this.field), this.list);
    this.offers = null;
    this.update(false);
  }

  get text() { return this.field.value; }
  set text(value) { this.field.value = value; this.update(false); }

  update(byHand) {
    const text = this.text;
    this.paint.replaceChildren(...this.colour(text).map(([part, style]) => style === "space" || style === "other" ? part : h("span", { class: `c-${style}` }, part)), "\n");
    const count = text.split("\n").length;
    if (count !== this.count) {
      this.count = count;
      this.lines.replaceChildren(...Array.from({ length: count }, (_, index) => h("div", {}, String(index + 1))));
    }
    this.follow();
    if (byHand) {
      this.changed?.(text);
      if (this.suggest && /[\w$@.]$/.test(text.slice(0, this.field.selectionStart))) this.open(false);
      else this.close();
    }
  }

  mark(numbers) {
    [...this.lines.children].forEach((line, index) => line.classList.toggle("wrong", numbers.includes(index + 1)));
  }

  follow() {
    this.paint.style.transform = `translate(${-this.field.scrollLeft}px, ${-this.field.scrollTop}px)`;
    this.lines.style.transform = `translateY(${-this.field.scrollTop}px)`;
    this.close();
  }

  insert(text) {
    this.field.focus();
    // execCommand is the one way that keeps the browser's own undo.
    if (!document.execCommand("insertText", false, text)) {
      this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
      this.update(true);
    }
  }

  replaceAll(text) { this.field.focus(); this.field.select(); this.insert(text); this.close(); this.field.setSelectionRange(0, 0); this.field.scrollTop = 0; }

  key(event) {
    const { selectionStart: start, selectionEnd: end } = this.field;
    if (this.offers && this.keyInList(event)) return;
    if (event.key === " " && event.ctrlKey && this.suggest) { event.preventDefault(); this.open(true); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Enter") { event.preventDefault(); this.breakLine(start, end); }
    else if (event.key === "Tab" && !event.shiftKey && start !== end) { event.preventDefault(); this.insert("  "); }
    else if (PAIRS[event.key] && start === end && !/[\w"]/.test(this.text[start] || "")) {
      event.preventDefault();
      if (event.key === '"' && this.text[start] === '"') { this.field.setSelectionRange(start + 1, start + 1); return; }
      this.insert(event.key + PAIRS[event.key]);
      this.field.setSelectionRange(start + 1, start + 1);
      this.close();
    } else if (start === end && Object.values(PAIRS).includes(event.key) && this.text[start] === event.key) {
      event.preventDefault();
      this.field.setSelectionRange(start + 1, start + 1);
    }
  }

  breakLine(start, end) {
    const line = this.text.slice(0, start).split("\n").at(-1);
    const indent = line.match(/^\s*/)[0];
    const opened = /[{([]\s*$/.test(line);
    const closes = opened && /^[})\]]/.test(this.text.slice(end));
    this.insert(`\n${indent}${opened ? "  " : ""}${closes ? `\n${indent}` : ""}`);
    if (closes) { const at = this.field.selectionStart - indent.length - 1; this.field.setSelectionRange(at, at); }
    this.close();
  }

  open(asked) {
    const found = this.suggest(this.text, this.field.selectionStart);
    const typed = found && this.text.slice(found.from, this.field.selectionStart);
    const items = found?.items.filter(item => item.label !== typed) || [];
    if (!items.length || (!asked && !typed)) { this.close(); return; }
    this.offers = { ...found, items, at: 0 };
    this.list.replaceChildren(...items.map((item, index) => h("li", { role: "option", class: item.weak ? "weak" : "", onmousedown: event => { event.preventDefault(); this.offers.at = index; this.take(); } },
      h("span", {}, item.label), h("em", {}, item.detail || ""))), this.note);
    this.list.hidden = false;
    this.place(found.from);
    this.choose(0);
  }

  place(offset) {
    const range = document.createRange();
    let left = offset, node;
    const texts = document.createTreeWalker(this.paint, NodeFilter.SHOW_TEXT);
    while ((node = texts.nextNode()) && left > node.length) left -= node.length;
    if (!node) return;
    range.setStart(node, left);
    const spot = range.getBoundingClientRect(), frame = this.list.parentElement.getBoundingClientRect();
    this.list.style.left = `${Math.min(spot.left - frame.left, frame.width - 300)}px`;
    this.list.style.top = `${spot.bottom - frame.top + 4}px`;
  }

  choose(index) {
    const { items } = this.offers;
    this.offers.at = (index + items.length) % items.length;
    [...this.list.querySelectorAll("li")].forEach((line, number) => line.setAttribute("aria-selected", String(number === this.offers.at)));
    this.list.querySelectorAll("li")[this.offers.at].scrollIntoView({ block: "nearest" });
    this.note.textContent = items[this.offers.at].about || "";
  }

  keyInList(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (moves[event.key]) this.choose(this.offers.at + moves[event.key]);
    else if (event.key === "Enter" && !event.ctrlKey || event.key === "Tab") this.take();
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  take() {
    const { from, items, at } = this.offers;
    this.close();
    this.field.setSelectionRange(from, this.field.selectionStart);
    this.insert(items[at].label + (items[at].after || ""));
    this.close();
  }

  close() { this.offers = null; this.list.hidden = true; }
}
