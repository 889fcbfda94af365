/** Promised talks in a browser: the list, booking, reading a contact detail, and coming back by a code. */
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asked, openBrowser, openStory, untilAsked, untilFocused } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('the list of follow-ups', () => {
  it('settles one, and deletes one only after a question whose safe answer has the focus', async () => {
    const { tab } = await openStory(browser, '/console/?story=follow-ups');
    await (await tab.waitForSelector('[data-standing=due] [data-settle=done]'))?.click();
    await tab.waitForFunction(() => document.querySelectorAll('[data-standing=done]').length === 2);
    await tab.click('[data-standing=overdue] [data-remove]');
    await untilFocused(tab, 'Keep it');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.waitForFunction(() => document.querySelector('[data-standing=overdue]') === null);
    expect((await asked(tab)).filter((one) => one.startsWith('follow-ups'))).toEqual([
      'follow-ups settle',
      'follow-ups remove',
    ]);
    await tab.close();
  });

  it('shows a contact detail to a clinician who asks for it, and to nobody else', async () => {
    const counsellor = await openStory(browser, '/console/?story=follow-ups');
    await counsellor.tab.waitForSelector('[data-standing=overdue]');
    expect(await counsellor.tab.$('[data-reach]')).toBe(null);
    await counsellor.tab.close();
    const { tab } = await openStory(browser, '/console/?story=follow-ups-clinician');
    await (await tab.waitForSelector('[data-reach]'))?.click();
    await tab.waitForFunction(() => document.querySelector('[data-contact]')?.textContent?.includes('07700 900123'));
    await tab.click('[data-reach]');
    await tab.waitForFunction(() => document.querySelector('[data-contact]') === null);
    await tab.close();
  });
});

describe('booking', () => {
  it('is two presses of the keyboard, and shows the words', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.focus('.book input[type=datetime-local]');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('.book [data-code]');
    expect(await asked(tab)).toContain('follow-ups book');
    await tab.close();
  });

  it('takes a contact detail only when the caller wants to be called back, and names who can read it', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.click('.book input[type=checkbox]');
    await tab.waitForFunction(() => document.querySelector('.book')?.textContent?.includes('Rhian, Tom'));
    await tab.click('.book button[type=submit]');
    expect(await asked(tab)).not.toContain('follow-ups book');
    await tab.type('.book input[required][type=text]', '07700 900123');
    await tab.click('.book button[type=submit]');
    await tab.waitForSelector('.book [data-code]');
    expect(await asked(tab)).toContain('book-with-contact 07700 900123');
    await tab.close();
  });
});

describe('a code on the caller’s page', () => {
  it('that is refused leaves one tap to join without it', async () => {
    const { tab } = await openStory(browser, '/?story=start');
    await tab.click('[data-have-code]');
    await tab.type('.code-input', 'not a code');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-code-refused=unknown]');
    await tab.click('[data-screen=code] [data-talk]');
    await tab.waitForSelector('[data-screen=waiting]');
    await untilAsked(tab, ['connect', 'join-by-code', 'join']);
    await tab.close();
  });
});
