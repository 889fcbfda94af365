/** The caller's page and the counsellor's console, as a person uses them. */
import assert from 'node:assert/strict';
import { giveAuthenticator } from './passkeys.mjs';

/** Screens come within this time on a machine that is busy, ms. Nothing is asserted about how fast. */
const PATIENCE = 20_000;

/** One page, with everything that it did against its own rules. */
class Watched {
  /** Addresses of every request, in order. */
  requests = [];
  /** Errors on the console, uncaught exceptions, violations of the content security policy. */
  complaints = [];

  /** @param {import('puppeteer-core').Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('pageerror', (error) => this.complaints.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(`console: ${message.text()}`);
    });
  }

  /** Waits until the page shows a screen. */
  async shows(name, options = {}) {
    await this.page.waitForSelector(`[data-screen="${name}"]`, options).catch(async (error) => {
      throw new Error(`"${name}" was awaited, but the page shows: ${await this.text()}`, { cause: error });
    });
  }

  /** What a person reads. */
  text() {
    return this.page.evaluate(() => document.body.innerText);
  }

  /** Waits until the page says something. */
  async says(text) {
    await this.page
      // Not by frames: a tab behind others draws none.
      .waitForFunction((wanted) => document.body.innerText.includes(wanted), { polling: 200 }, text)
      .catch(async (error) => {
        throw new Error(`"${text}" was awaited, but the page says: ${await this.text()}`, { cause: error });
      });
  }

  /** The four safety words, once they are there. */
  async safetyWords() {
    const element = await this.page.waitForSelector('[data-safety-words]');
    return element.evaluate((found) => found.textContent.trim().split(/\s+/));
  }

  /** Waits until those can hear, and nobody else. */
  async lists(...people) {
    await this.page
      .waitForFunction(
        (wanted) =>
          JSON.stringify([...document.querySelectorAll('[data-people] li')].map((item) => item.textContent.trim())) ===
          wanted,
        { polling: 100 },
        JSON.stringify(people),
      )
      .catch(async (error) => {
        throw new Error(`${people} were awaited, but the page lists: ${await this.people()}`, { cause: error });
      });
  }

  /** Who can hear, as the page lists it. */
  people() {
    return this.page.$$eval('[data-people] li', (items) => items.map((item) => item.textContent.trim()));
  }

  /** Types a message and sends it. */
  async writes(text) {
    await this.page.bringToFront();
    await this.page.focus('#write-field');
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers with one tap. */
  async taps(tap) {
    await this.page.bringToFront();
    await (await this.page.waitForSelector(`[data-tap="${tap}"]`)).click();
  }

  /** Waits until a message stands in the conversation. */
  async reads(text) {
    await this.page
      .waitForFunction(
        (wanted) => document.querySelector('[data-written]')?.textContent.includes(wanted),
        { polling: 100 },
        text,
      )
      .catch(async (error) => {
        throw new Error(`"${text}" was awaited, but the page says: ${await this.text()}`, { cause: error });
      });
  }

  /** How often a text stands in the conversation. */
  times(text) {
    return this.page.$$eval(
      '[data-written] li',
      (lines, wanted) => lines.filter((line) => line.textContent.includes(wanted)).length,
      text,
    );
  }

  /** Waits until so many of this page's messages have arrived. */
  async hasArrived(messages) {
    await this.page.waitForFunction(
      (wanted) => document.querySelectorAll('[data-state="arrived"]').length === wanted,
      { polling: 100 },
      messages,
    );
  }

  /** Moments that the page marked on its own clock, ms since 1970. The last of each name. */
  moments() {
    return this.page.evaluate(() =>
      Object.fromEntries(
        performance
          .getEntriesByType('mark')
          .map((mark) => [mark.name.replace('quietline:', ''), performance.timeOrigin + mark.startTime]),
      ),
    );
  }

  reload() {
    return this.page.reload({ waitUntil: 'domcontentloaded' });
  }
}

export class CallerPage extends Watched {
  /**
   * Opens the page. `before` runs in it before any script of its own; `from` is a page that one comes from; `onResponse` is told
   * of what is loaded.
   */
  static async open({ browser }, origin, { before, from, onResponse } = {}) {
    const caller = new CallerPage(await browser.newPage());
    if (onResponse) caller.page.on('response', onResponse);
    if (from) await caller.page.goto(from);
    if (before) await caller.page.evaluateOnNewDocument(before);
    await caller.page.goto(origin, { waitUntil: 'load' });
    return caller;
  }

  async tap() {
    await (await this.page.waitForSelector('[data-talk]')).click();
  }

  /** Taps, and waits for the queue. */
  async joins() {
    await this.tap();
    await this.shows('waiting');
  }

  /** Waits until the counsellor is heard. */
  async talks() {
    await this.shows('call');
    await this.page.waitForSelector('[data-hearing="true"]');
  }

  async leaves() {
    await (await this.page.waitForSelector('[data-leave]')).click();
    const sure = await this.page.$('[role="alertdialog"] .button--quiet');
    if (sure) await sure.click();
    await this.shows('ended');
  }
}

export class ConsolePage extends Watched {
  /** What makes the page's passkeys: see `giveAuthenticator`. */
  authenticator;

  /** Opens the console by its enrolment link, makes a passkey and becomes available. */
  static async enrol(end, link, name = 'Sam', settings = {}) {
    const desk = await ConsolePage.setUp(end, link, name, settings);
    await desk.goesAvailable();
    return desk;
  }

  /** Opens the console by its enrolment link and makes a passkey. `name` is undefined where the link knows it. */
  static async setUp(end, link, name, settings = {}) {
    const desk = await ConsolePage.open(end, link, settings);
    await desk.shows('enrol');
    if (name !== undefined) await desk.page.type('#name', name);
    await desk.page.click('button[type="submit"]');
    return desk;
  }

  /** Opens a tab with somebody and their authenticator in front of it. `before` runs in it before any script of its own. */
  static async open({ browser, kind }, address, { before } = {}) {
    const desk = new ConsolePage(await browser.newPage());
    desk.authenticator = await giveAuthenticator(desk.page, kind);
    if (before) await desk.page.evaluateOnNewDocument(before);
    await desk.page.goto(address, { waitUntil: 'load' });
    return desk;
  }

  /** Presses the first button with that text. */
  async clicks(text) {
    await this.clicksOn(`xpath/.//button[contains(., ${JSON.stringify(text)})]`);
  }

  /** Presses what a selector finds, in a tab that may be behind others. */
  async clicksOn(selector) {
    await this.page.bringToFront();
    await (await this.page.waitForSelector(selector)).click();
  }

  async goesAvailable() {
    await this.presses('A');
    await this.page.waitForSelector('.chip--available');
  }

  /** Presses a key, wherever the focus is. */
  async key(key) {
    await this.page.bringToFront();
    await this.page.keyboard.press(key);
  }

  /** Opens a page of the console by its name in the page's marks. */
  async goesTo(page) {
    await this.clicksOn(`[data-page="${page}"]`);
    await this.page.waitForSelector(`[data-page="${page}"][aria-current="page"]`);
  }

  /** Fills a field in at once, as one does with a picker. */
  async fills(selector, value) {
    const field = await this.page.waitForSelector(selector);
    await field.evaluate((found, text) => {
      found.value = text;
      found.dispatchEvent(new Event('input', { bubbles: true }));
    }, value);
  }

  /** Chooses from a list by what is read there. */
  async chooses(selector, text) {
    const list = await this.page.waitForSelector(selector);
    const value = await list.evaluate(
      (found, wanted) => [...found.options].find((option) => option.textContent.includes(wanted))?.value,
      text,
    );
    assert.ok(value !== undefined, `${selector} has no "${text}"`);
    await list.select(value);
  }

  /** Presses the button that carries a letter. */
  async presses(letter) {
    await (await this.page.waitForSelector(`[data-key="${letter}"]`)).click();
  }

  /** Does something with colleagues: `consult`, `join`, `bring-in`, `hand-over`, `dismiss`, `help-done`. */
  async acts(act) {
    await this.clicksOn(`[data-act="${act}"]`);
  }

  /** Says yes to a question. */
  async confirms() {
    await this.clicksOn('[role="alertdialog"] .button--quiet');
  }

  /** Comes where a colleague asks. */
  async comes() {
    await this.becomes('invited');
    await this.presses('Y');
  }

  async rings() {
    await this.page.waitForSelector('.chip--ringing');
  }

  async answers() {
    await this.rings();
    await this.presses('Y');
    await this.page.waitForSelector('.chip--on_call');
  }

  /** Ends the call, and the wrap-up with it. */
  async ends() {
    await this.presses('E');
    await (await this.page.waitForSelector('[role="alertdialog"] .button--quiet')).click();
    await this.page.waitForSelector('.chip--wrap_up');
  }

  async becomes(phase) {
    await this.page.waitForSelector(`.chip--${phase}`);
  }
}

/** Both screens show the same four words. */
export async function sameSafetyWords(one, other) {
  const words = await one.safetyWords();
  assert.equal(words.length, 4);
  // The other may still show those of the epoch before.
  await other.page
    .waitForFunction(
      (wanted) => document.querySelector('[data-safety-words]')?.textContent.trim().split(/\s+/).join(' ') === wanted,
      { polling: 100 },
      words.join(' '),
    )
    .catch(() => {});
  assert.deepEqual(await other.safetyWords(), words);
  return words;
}
