/** axe-core on every state of both pages, narrow and wide, light and dark; and no state scrolls sideways at 320 px. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerStates } from '../../stories/caller-states';
import { consoleStates, gateStates } from '../../stories/console-states';
import { openBrowser, openStory } from './browser';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stories = [
  ...Object.keys(callerStates).map((name) => `/?story=${name}`),
  ...[...Object.keys(gateStates), ...Object.keys(consoleStates)].map((name) => `/console/?story=${name}`),
];
const looks = [
  { width: 320, theme: 'light' },
  { width: 1280, theme: 'dark' },
];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('every state of the pages', () => {
  it.each(stories)('%s is usable by everybody', async (path) => {
    const { tab, complaints, strangers } = await openStory(browser, path);
    try {
      for (const { width, theme } of looks) {
        await tab.setViewport({ width, height: 800 });
        await tab.emulateMediaFeatures([
          { name: 'prefers-color-scheme', value: theme },
          { name: 'prefers-reduced-motion', value: 'reduce' },
        ]);
        await tab.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(sideways).toBeLessThanOrEqual(0);
        // Evaluated by the debugger, so the page's own policy stays as strict as it is.
        await tab.evaluate(axe);
        const { violations } = (await tab.evaluate(() =>
          (window as unknown as { axe: { run(): Promise<unknown> } }).axe.run(),
        )) as AxeResults;
        expect(
          violations.map(({ id, nodes }) => `${theme} ${width}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`),
        ).toEqual([]);
      }
      expect(complaints).toEqual([]);
      expect(strangers).toEqual([]);
    } finally {
      await tab.close();
    }
  });
});
