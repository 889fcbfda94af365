/** Triage in a real browser: a card without a field for words, the way to an agency, the handover at a desk, the sums. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openStory } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const asked = (tab: Page) =>
  tab.evaluate(() => (window as unknown as { story: { cards: { asked: { ask: string }[] } } }).story.cards.asked);
const untilAsked = (tab: Page, ask: object) =>
  tab.waitForFunction(
    (wanted) =>
      JSON.stringify((window as unknown as { story: { cards: { asked: object[] } } }).story.cards.asked.at(-1)) ===
      wanted,
    {},
    JSON.stringify(ask),
  );
const card = '1'.repeat(32);

describe('a coordinator', () => {
  it('brings somebody to the right agency by keyboard, and has no field to name them in', async () => {
    const { tab } = await openStory(browser, '/console/?story=triage');
    await tab.waitForSelector('[data-act=ask-line]');
    expect(await tab.$$eval('input, textarea', (fields) => fields.filter((field) => field.id !== 'look').length)).toBe(
      0,
    );
    await tab.focus('#need');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await untilAsked(tab, { ask: 'open', need: 'distress' });
    await tab.click('.triage-services summary');
    await tab.type('#look', 'samaritans');
    await tab.waitForFunction(() => document.querySelectorAll('[data-service]').length === 1);
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await (await tab.waitForSelector('[data-act=ask-service]'))?.click();
    await untilAsked(tab, { ask: 'try', card: '2'.repeat(32), service: '3'.repeat(32), reason: 'open-now' });
    await tab.close();
  });

  it('says what the agency said, hands over, and closes', async () => {
    const { tab } = await openStory(browser, '/console/?story=triage-asked');
    await (await tab.waitForSelector('[data-act=refused]'))?.click();
    await untilAsked(tab, { ask: 'heard', card, reply: 'refused', why: 'full' });
    await tab.goto(tab.url().replace('triage-asked', 'triage-accepted'));
    await (await tab.waitForSelector('[data-act=hand-over]'))?.click();
    await untilAsked(tab, { ask: 'hand_over', card });
    await tab.click('[data-act=close]');
    await untilAsked(tab, { ask: 'close', card, outcome: 'handed-over' });
    await tab.close();
  });

  it('sees who takes the person at the line, and when they are there', async () => {
    const { tab } = await openStory(browser, '/console/?story=triage-line-taken');
    await tab.waitForSelector('[data-line=taken]');
    expect(await tab.$('[data-act=hand-over]')).toBeNull();
    await tab.goto(tab.url().replace('triage-line-taken', 'triage-handed-over'));
    const said = await tab.waitForSelector('[data-handed-over]');
    expect(await said?.evaluate((text) => text.textContent)).toContain('after 9\u00a0min');
    await tab.close();
  });
});

describe('a desk', () => {
  it('takes the person whom a coordinator brings, and says when they have come', async () => {
    const { tab } = await openStory(browser, '/console/?story=expected');
    await (await tab.waitForSelector('[data-act=take]'))?.click();
    await (await tab.waitForSelector('[data-act=came]'))?.click();
    await tab.waitForSelector('[data-expected="0"]');
    expect((await asked(tab)).map(({ ask }) => ask)).toEqual(['take', 'came']);
    await tab.close();
  });
});

describe('a supervisor', () => {
  it('sees the hours freed with what is assumed, and no card', async () => {
    const { tab } = await openStory(browser, '/console/?story=totals');
    const hours = await tab.waitForSelector('[data-hours]');
    expect(await hours?.evaluate((text) => text.textContent)).toContain('37.5 hours');
    const page = await tab.evaluate(() => document.body.innerText);
    expect(page).toContain('An assumption, not a measurement');
    expect(page).toContain('Median time of two officers');
    expect(await tab.$('[data-card]')).toBeNull();
    await tab.close();
  });
});
