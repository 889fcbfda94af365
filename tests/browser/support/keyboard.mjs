/** The console by the keyboard alone: goes to what is wanted by the Tab key, and looks at each stop on the way. */
import assert from 'node:assert/strict';

/** More stops than any page has. */
const MOST = 400;
/** More parts than any one stop has. */
const PARTS = 10;

export class Keyboard {
  /** @param {import('./pages.mjs').ConsolePage} desk */
  constructor(desk) {
    this.desk = desk;
    this.page = desk.page;
  }

  /** Presses keys one after the other, wherever the focus is. */
  async press(...keys) {
    await this.page.bringToFront();
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Presses Tab until what is wanted has the focus, and that can be seen. */
  async reach(selector) {
    await this.page.waitForSelector(selector);
    await this.page.bringToFront();
    for (let presses = 0; presses < MOST; presses++) {
      if (await this.page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${selector} is not reached by the Tab key`);
  }

  /** Reaches a button, and presses it. */
  async does(selector, key = 'Enter') {
    await this.reach(selector);
    await this.page.keyboard.press(key);
  }

  /** Reaches a field, and types. */
  async types(selector, text) {
    await this.reach(selector);
    await this.page.keyboard.type(text);
  }

  /** Opens a page of the console. */
  async goesTo(page) {
    await this.does(`[data-page="${page}"]`);
    await this.page.waitForSelector(`[data-page="${page}"][aria-current="page"]`);
  }

  /**
   * Goes once round the page by the Tab key: everything that can be used is a stop, each stop is seen and stands on the screen, and
   * behind the last one comes the first again.
   * @param {string} what
   */
  async goesRound(what) {
    await this.page.bringToFront();
    const stops = await this.page.evaluate(beginRound);
    const known = new Set();
    const wrong = [];
    let last;
    for (let presses = 0; presses < MOST && known.size < stops.length; presses++) {
      await this.page.keyboard.press('Tab');
      const stop = await this.page.evaluate(lookAtFocus);
      if (stop === undefined || stop.at === last) continue;
      last = stop.at;
      if (known.has(stop.at)) continue;
      known.add(stop.at);
      if (!stop.seen) wrong.push(`the focus is not seen: ${stop.html}`);
      if (!stop.onScreen) wrong.push(`the focus is not on the screen: ${stop.html}`);
    }
    const missed = stops.filter((_, at) => !known.has(at));
    assert.deepEqual([...missed.map((html) => `not reached: ${html}`), ...wrong], [], what);
    // Nothing holds the focus: the round goes on from its last stop. A date is a stop of several parts.
    let next = last;
    for (let presses = 0; presses < PARTS && next === last; presses++) {
      await this.page.keyboard.press('Tab');
      next = (await this.page.evaluate(lookAtFocus))?.at;
    }
    if (stops.length > 1) assert.notEqual(next, last, `${what}: the last stop holds the focus`);
  }
}

/** Runs in the page: notes everything that can be used, and how it looks without the focus. */
function beginRound() {
  document.activeElement?.blur();
  const usable = 'a[href], button, input, select, textarea, summary, audio[controls], [tabindex]';
  const radios = new Set();
  const stops = [...document.querySelectorAll(usable)].filter((element) => {
    if (element.tabIndex < 0 || element.matches(':disabled') || !element.checkVisibility({ visibilityProperty: true }))
      return false;
    if (element.type !== 'radio') return true;
    // One of them is a stop, for all: arrow keys go on from there.
    const group = [...document.querySelectorAll(`input[type="radio"][name="${element.name}"]`)];
    const stop = group.find((radio) => radio.checked) ?? group[0];
    return element === stop && !radios.has(element.name) && radios.add(element.name);
  });
  const looks = (element) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, backgroundColor, borderColor, color } =
      getComputedStyle(element);
    return JSON.stringify([outlineStyle, outlineWidth, outlineColor, boxShadow, backgroundColor, borderColor, color]);
  };
  const html = (element) => element.outerHTML.slice(0, 160);
  window.round = { stops, looks, html, without: stops.map(looks) };
  return stops.map(html);
}

/** Runs in the page: what has the focus, and whether that is seen. */
function lookAtFocus() {
  const { stops, looks, html, without } = window.round;
  const element = document.activeElement;
  const at = stops.indexOf(element);
  if (at < 0) return undefined;
  const { left, top, right, bottom } = element.getBoundingClientRect();
  return {
    at,
    html: html(element),
    seen: looks(element) !== without[at],
    onScreen: bottom > 0 && top < innerHeight && right > 0 && left < innerWidth,
  };
}
