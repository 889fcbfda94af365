/** The page of figures in a browser. */
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openStory } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('the page of figures', () => {
  it('shows what is asked for, draws it, and saves it without asking anybody', async () => {
    const { tab, strangers } = await openStory(browser, '/console/?story=figures');
    await tab.waitForSelector('[data-figures=shown]');
    await tab.waitForSelector('[data-chart=drawn] canvas');
    expect(await tab.$$eval('[data-table=by-hour] tbody tr', (rows) => rows.length)).toBe(24);
    for (const table of ['sound-by-hour', 'sound-by-line', 'follow-ups-by-hour', 'follow-ups-by-weekday', 'triage']) {
      expect(await tab.$(`[data-table=${table}] tbody tr`), table).not.toBeNull();
    }
    expect(await tab.$eval('[data-freed=total]', (text) => text.textContent)).toContain('25.5');
    await tab.evaluate(() => {
      const made: string[] = [];
      Object.assign(window, { made });
      const real = URL.createObjectURL;
      URL.createObjectURL = (blob: Blob) => {
        void blob.text().then((text) => made.push(text));
        return real.call(URL, blob);
      };
      HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
        made.push(this.download);
      };
    });
    await tab.click('.report__acts button');
    await tab.waitForFunction(() => (window as unknown as { made: string[] }).made.length === 2);
    const made = await tab.evaluate(() => (window as unknown as { made: string[] }).made);
    expect(made[0]).toMatch(/^figures-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
    expect(made[1]).toContain('by,of,offered');
    expect(made[1]).toContain('promised talks,,due,done,not_reached,overdue');
    expect(strangers).toEqual([]);
    await tab.close();
  });

  it('says so where nothing was promised, heard or closed', async () => {
    const { tab } = await openStory(browser, '/console/?story=figures-empty');
    await tab.waitForSelector('[data-figures=shown]');
    for (const part of ['promised', 'sound', 'freed']) expect(await tab.$(`[data-${part}=none]`), part).not.toBeNull();
    await tab.close();
  });

  it('is out of the way when it rings, and back at the desk after', async () => {
    const { tab } = await openStory(browser, '/console/?story=figures');
    await tab.waitForSelector('[data-figures=shown]');
    await tab.evaluate(() => {
      const { story } = window as unknown as { story: { show(part: object): void } };
      story.show({
        state: {
          phase: 'invited',
          invitation: { offer: 'f'.repeat(32), name: 'Sam', role: 'counsellor', manner: 'join', expires_in_ms: 9_000 },
        },
      });
    });
    await tab.waitForSelector('[data-screen=invited]');
    await tab.close();
  });

  it('asks again when that is wanted', async () => {
    const { tab } = await openStory(browser, '/console/?story=figures-failed');
    await tab.waitForSelector('[data-figures=failed]');
    await tab.evaluate(() => Object.assign((window as unknown as { story: object }).story, { story: 'figures' }));
    await tab.click('[data-figures=failed] .button');
    await tab.waitForSelector('[data-figures=shown]');
    await tab.close();
  });

  it('shows a commissioner what is released and nothing else', async () => {
    const { tab } = await openStory(browser, '/console/?story=figures-released');
    await tab.waitForSelector('[data-figures=shown]');
    expect(await tab.$('.report__views')).toBeNull();
    expect(await tab.$eval('[data-table=by-hour]', (table) => table.textContent)).toContain('hidden');
    await tab.close();
  });

  it('prints the figures without what one presses', async () => {
    const { tab } = await openStory(browser, '/console/?story=figures');
    await tab.waitForSelector('[data-chart=drawn] canvas');
    await tab.emulateMediaType('print');
    const seen = await tab.$$eval('.bar, .pages, .report__range, .report__acts', (all) =>
      all.map((element) => getComputedStyle(element).display),
    );
    expect(new Set(seen)).toEqual(new Set(['none']));
    await tab.close();
  });
});
