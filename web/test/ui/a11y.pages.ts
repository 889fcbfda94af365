/**
 * axe-core on every state of both pages, narrow and wide, light, dark and with forced colours; no state scrolls sideways at 320 px;
 * everything that can be pressed is reached by the keyboard.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, CDPSession } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerStates } from '../../stories/caller-states';
import { consoleStates, gateStates } from '../../stories/console-states';
import { openBrowser, openStory } from './browser';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const stories = [
  ...Object.keys(callerStates).map((name) => `/?story=${name}`),
  ...[...Object.keys(gateStates), ...Object.keys(consoleStates)].map((name) => `/console/?story=${name}`),
];
const ALL = {};
const COLOURS = { runOnly: ['color-contrast'] };
/** What a colour scheme changes is colours: one look is gone through whole. */
const looks = [
  { width: 320, features: { 'prefers-color-scheme': 'light' }, rules: ALL },
  { width: 1280, features: { 'prefers-color-scheme': 'dark' }, rules: COLOURS },
  // Where colours are forced they are the system's: axe-core takes the page's own for them, and what matters is shapes.
  { width: 320, features: { 'prefers-color-scheme': 'dark', 'forced-colors': 'active' }, rules: undefined },
];

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const emulate = (debug: CDPSession, features: Record<string, string>) =>
  debug.send('Emulation.setEmulatedMedia', {
    features: Object.entries({ ...features, 'prefers-reduced-motion': 'reduce' }).map(([name, value]) => ({
      name,
      value,
    })),
  });

describe('every state of the pages', () => {
  it.each(stories)('%s is usable by everybody', async (path) => {
    const { tab, complaints, strangers } = await openStory(browser, path);
    try {
      const debug = await tab.createCDPSession();
      await tab.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      // Evaluated by the debugger, so the page's own policy stays as strict as it is.
      await tab.evaluate(axe);
      for (const { width, features, rules } of looks) {
        await tab.setViewport({ width, height: 800 });
        await emulate(debug, features);
        const sideways = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(sideways).toBeLessThanOrEqual(0);
        if (rules === undefined) {
          const shapeless = await tab.evaluate(() =>
            [...document.querySelectorAll('.button, .panel, .notice, .confirm, .field__input, .ringing')]
              .filter((element) => {
                const { borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(element);
                return borderTopStyle === 'none' || borderTopColor === backgroundColor;
              })
              .map((element) => element.outerHTML),
          );
          expect(shapeless).toEqual([]);
          continue;
        }
        const { violations } = (await tab.evaluate(
          (options) => (window as unknown as { axe: { run(options: object): Promise<unknown> } }).axe.run(options),
          rules,
        )) as AxeResults;
        const look = `${width} ${JSON.stringify(features)}`;
        expect(
          violations.map(({ id, nodes }) => `${look}: ${id}: ${nodes.map((node) => node.html).join(' | ')}`),
        ).toEqual([]);
      }
      const unreachable = await tab.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('a[href], button, input, textarea, summary')]
          .filter((element) => element.checkVisibility() && element.tabIndex < 0)
          .map((element) => element.outerHTML),
      );
      expect(unreachable).toEqual([]);
      expect(complaints).toEqual([]);
      expect(strangers).toEqual([]);
    } finally {
      await tab.close();
    }
  });
});
