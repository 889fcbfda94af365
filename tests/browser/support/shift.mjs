/** Who works in a shift, all in one browser and each in a window of their own; and the wallboard, with how soon it shows what happens. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConsolePage } from './pages.mjs';
import { keep, root } from './paths.mjs';
import { report } from './report.mjs';

/** A wallboard that shows nothing for so long shows nothing at all, ms. What is wanted is told, and asserted nowhere: the machine is shared. */
const PATIENCE = 15_000;

/**
 * A window that is painted beside others, and shares nothing with them but the browser.
 * @param {{ browser: import('puppeteer-core').Browser, kind: 'chromium' | 'firefox' }} end
 */
async function ownWindow({ browser, kind }) {
  const apart = await browser.createBrowserContext();
  return { kind, browser: { newPage: () => apart.newPage({ type: 'window' }) } };
}

/** Sets somebody up at a window of their own in the staff's browser. */
export async function signIn(scene, role, name) {
  const link = await scene.gateway.link('--role', role);
  const desk = await ConsolePage.setUp(await ownWindow(scene.counsellorEnd), link, name);
  await desk.page.setViewport({ width: 1280, height: 800 });
  if (['counsellor', 'clinician', 'supervisor'].includes(role)) await desk.becomes('unavailable');
  return desk;
}

/** An administrator fills the directory with the starting set, and goes. */
export async function fillDirectory(scene) {
  const office = await signIn(scene, 'administrator', 'Alex');
  await office.goesTo('directory');
  await (await office.page.waitForSelector('#table')).uploadFile(join(root, 'docs/services.csv'));
  await office.page.waitForSelector('[data-report="good"]');
  await office.acts('import');
  await office.page.waitForSelector('[data-service="Samaritans"]');
  assert.deepEqual(office.complaints, []);
  await office.page.close();
}

/** What nobody did wrong. Firefox tells of ways through the network that did not work, which is no complaint. */
export function nothingWrong(...pages) {
  for (const page of pages) {
    const complaints = page.complaints.filter((complaint) => !complaint.includes('ICE failed'));
    assert.deepEqual(complaints, []);
  }
}

/** A long journey in parts: after one that failed the others are not tried, because each goes on from the one before. */
export function inParts(t) {
  let failed = false;
  return (what, does) =>
    t.test(what, { skip: failed && 'a part before it failed' }, async () => {
      failed = true;
      await does();
      failed = false;
    });
}

/** A picture of a moment, where QUIETLINE_PICTURES is set: target/browser/pictures/NAME.png. */
export async function picture(page, name) {
  if (!process.env.QUIETLINE_PICTURES) return;
  const folder = join(keep, 'pictures');
  mkdirSync(folder, { recursive: true });
  await page.page.evaluate(() => scrollTo(0, 0));
  await page.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

export class Wallboard {
  #desk;
  #kind;
  #times = [];

  /** @param {ConsolePage} desk a supervisor's */
  constructor(desk, kind) {
    this.#desk = desk;
    this.#kind = kind;
  }

  async open() {
    await this.#desk.goesTo('wallboard');
    await this.#desk.shows('wallboard');
  }

  /**
   * Does something, and waits until the board has painted what comes of it: somebody who does something else.
   * @param {string} name
   * @param {string} doing as the page marks it
   * @param {() => Promise<unknown>} act
   */
  async follows(name, doing, act) {
    const since = Date.now();
    const [painted] = await Promise.all([this.#painted(name, doing), act()]);
    this.#times.push(Math.round(painted - since));
  }

  #painted(name, doing) {
    const gaveUp = new Promise((_, reject) => {
      setTimeout(async () => {
        const text = await this.#desk.text().catch(() => '');
        reject(new Error(`"${name}: ${doing}" was awaited on the wallboard, which says: ${text}`));
      }, PATIENCE).unref();
    });
    return Promise.race([this.#desk.page.evaluate(whenPainted, name, doing), gaveUp]);
  }

  /** Tells how soon it was, ms from the key or click at a desk to the painted wallboard. */
  report() {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    report('event to painted wallboard', {
      browser: this.#kind,
      events: sorted.length,
      median_ms: median,
      worst_ms: sorted.at(-1),
    });
  }
}

/** Runs in the wallboard's page: when that is painted, ms since 1970. */
function whenPainted(name, doing) {
  return new Promise((painted) => {
    const there = () =>
      [...document.querySelectorAll(`[data-doing="${doing}"] strong`)].some((found) => found.textContent === name);
    const tell = () => setTimeout(() => painted(performance.timeOrigin + performance.now()));
    // A window behind others draws no frame.
    const drawn = () => (document.hidden ? tell() : requestAnimationFrame(tell));
    if (there()) return drawn();
    const watch = new MutationObserver(() => {
      if (!there()) return;
      watch.disconnect();
      drawn();
    });
    watch.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
  });
}
