/** A browser on the stories, and what every page in it must not do. */
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { inject } from 'vitest';

export const address = inject('address');

export const openBrowser = (): Promise<Browser> =>
  puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });

export interface Watched {
  readonly tab: Page;
  /** Errors, warnings and broken policies. */
  readonly complaints: string[];
  /** Requests to another origin. */
  readonly strangers: string[];
}

/** A tab at a story. */
export async function openStory(browser: Browser, path: string): Promise<Watched> {
  const tab = await browser.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  tab.on('pageerror', (error) => complaints.push(String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text());
  });
  tab.on('request', (request) => {
    // A browser draws its own controls from data of its own.
    const own = request.url().startsWith(address) || request.url().startsWith('data:');
    if (!own) strangers.push(request.url());
  });
  await tab.goto(`${address}${path}`, { waitUntil: 'domcontentloaded' });
  await tab.waitForSelector('[data-screen]');
  return { tab, complaints, strangers };
}

/** Shows another view of the story's fake. */
export const show = (tab: Page, part: object): Promise<void> =>
  tab.evaluate((next) => {
    (window as unknown as { story: { show(part: object): void } }).story.show(next);
  }, part);

/** What the page asked of the fake. */
export const asked = (tab: Page): Promise<string[]> =>
  tab.evaluate(() => (window as unknown as { story: { asked: string[] } }).story.asked);

/** Waits until the page has asked exactly this of the fake, in this order: what an effect asks comes after the paint. */
export const untilAsked = async (tab: Page, wanted: string[]): Promise<void> => {
  const found = await tab
    .waitForFunction(
      (list) => JSON.stringify((window as unknown as { story: { asked: string[] } }).story.asked) === list,
      {},
      JSON.stringify(wanted),
    )
    .catch(() => undefined);
  if (!found) throw new Error(`asked ${JSON.stringify(await asked(tab))}, not ${JSON.stringify(wanted)}`);
};

/** The screen that is shown. */
export const screenName = (tab: Page): Promise<string | undefined> =>
  tab.$eval('[data-screen]', (screen) => (screen as HTMLElement).dataset.screen);

/** The text of what has the focus. */
export const focused = (tab: Page): Promise<string> =>
  tab.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

/** Waits until what has the focus reads so: a key that is pressed before goes elsewhere. */
export const untilFocused = async (tab: Page, text: string): Promise<void> => {
  await tab.waitForFunction((wanted) => document.activeElement?.textContent?.trim() === wanted, {}, text);
};

/** Waits until the tab has this title. */
export const untilTitled = async (tab: Page, title: string): Promise<void> => {
  await tab.waitForFunction((wanted) => document.title === wanted, {}, title);
};
