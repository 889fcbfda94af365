/** Writing in a call, in a browser: the field, the taps, and what they must not disturb. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerStates } from '../../stories/caller-states';
import { consoleStates } from '../../stories/console-states';
import { openBrowser, openStory, show, untilAsked, untilTitled } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const FIELD = '#write-field';

const hide = (tab: Page, hidden: boolean): Promise<void> =>
  tab.evaluate((now) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => now });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

describe('a message that nobody can have seen', () => {
  it('is in the title of the desk until its window is looked at', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await hide(tab, true);
    await show(tab, consoleStates['call-written'] as object);
    await untilTitled(tab, 'New message – On a call – Desk');
    await hide(tab, false);
    await untilTitled(tab, 'On a call – Desk');
    await show(tab, consoleStates.call as object);
    await show(tab, consoleStates['call-written'] as object);
    await tab.waitForSelector('.panel--written li');
    expect(await tab.title()).toBe('On a call – Desk');
    await tab.close();
  });
});

describe('the caller', () => {
  it('taps an answer, and writes by keyboard alone', async () => {
    const { tab, complaints } = await openStory(browser, '/?story=call');
    await tab.click('[data-tap=cannot_talk]');
    await tab.focus('[data-tap=keep_talking]');
    await tab.keyboard.press('Enter');
    await tab.focus(FIELD);
    await tab.keyboard.type('Somebody is');
    await tab.keyboard.down('Shift');
    await tab.keyboard.press('Enter');
    await tab.keyboard.up('Shift');
    await tab.keyboard.type('next door');
    await tab.keyboard.press('Enter');
    await untilAsked(tab, ['connect', 'tap cannot_talk', 'tap keep_talking', 'write Somebody is\nnext door']);
    expect(
      await tab.$eval(FIELD, (field) => [(field as HTMLTextAreaElement).value, document.activeElement === field]),
    ).toEqual(['', true]);
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('keeps the focus and what is typed whatever happens in the call', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await tab.focus(FIELD);
    await tab.keyboard.type('Half a sen');
    for (const name of ['call-written', 'call-connection-lost', 'call-three', 'call-away', 'call-written']) {
      await show(tab, callerStates[name] as object);
      await tab.keyboard.type('.');
      expect(await tab.$eval(FIELD, (field) => document.activeElement === field)).toBe(true);
    }
    expect(await tab.$eval(FIELD, (field) => (field as HTMLTextAreaElement).value)).toBe('Half a sen.....');
    await tab.close();
  });

  it('has the draft again when another screen was in between', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await tab.type(FIELD, 'Not sent yet');
    await show(tab, callerStates.joining as object);
    await tab.waitForSelector('[data-screen=joining]');
    await show(tab, callerStates.call as object);
    await tab.waitForSelector(FIELD);
    expect(await tab.$eval(FIELD, (field) => (field as HTMLTextAreaElement).value)).toBe('Not sent yet');
    await tab.close();
  });

  it('is told before a message is too long, and does not leave by capitals', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await tab.focus(FIELD);
    for (const letter of ['A', 'B', 'C'] as const) {
      await tab.keyboard.down('Shift');
      await tab.keyboard.press(letter);
      await tab.keyboard.up('Shift');
    }
    expect(await tab.$('.is-leaving')).toBe(null);
    await tab.$eval(FIELD, (field) => {
      (field as HTMLTextAreaElement).value = 'a'.repeat(1003);
      field.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await tab.waitForFunction(() => document.querySelector('#write-hint')?.textContent === '3 characters too many.');
    expect(await tab.$eval('.compose .button', (button) => button.hasAttribute('disabled'))).toBe(true);
    await tab.close();
  });

  it('has new lines read out, and sees the newest', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    expect(await tab.$eval('[data-written]', (log) => log.getAttribute('role'))).toBe('log');
    await show(tab, callerStates['call-written'] as object);
    await tab.waitForFunction(() => {
      const log = document.querySelector('[data-written]');
      return log && log.scrollTop > 0 && log.scrollTop + log.clientHeight >= log.scrollHeight - 1;
    });
    await tab.close();
  });
});

describe('the desk', () => {
  it('goes to the field by one key, and takes no letter for a key while one writes', async () => {
    const { tab, complaints } = await openStory(browser, '/console/?story=call');
    await tab.keyboard.press('w');
    await tab.waitForFunction(() => document.activeElement?.id === 'write-field');
    await tab.keyboard.type('me? he who wrote: mehow');
    await tab.keyboard.press('Enter');
    await untilAsked(tab, ['connect', 'write me? he who wrote: mehow']);
    expect(await tab.$('[role=alertdialog]')).toBe(null);
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('shows how far each message has come, in words, and the caller’s too while a colleague is asked', async () => {
    const { tab } = await openStory(browser, '/console/?story=call-written');
    const states = await tab.$$eval('[data-state]', (found) => found.map(({ textContent }) => textContent));
    expect(states).toEqual(['Arrived', 'Arrived', 'Not with the caller and Rhian yet', 'Did not arrive']);
    await tab.type(FIELD, 'A draft');
    const { conversation } = consoleStates['call-written'] as { conversation: object };
    await show(tab, { ...(consoleStates['call-consulting'] as object), conversation });
    await tab.waitForSelector('[data-screen=consulting]');
    expect(await tab.$$eval('.written__line', ({ length }) => length)).toBe(7);
    expect(await tab.$eval(FIELD, (field) => (field as HTMLTextAreaElement).value)).toBe('A draft');
    await tab.close();
  });
});

describe('a hold', () => {
  it('is one key at the desk, seen there, and over by the same key', async () => {
    const { tab, complaints } = await openStory(browser, '/console/?story=call');
    await tab.keyboard.press('o');
    await tab.waitForSelector('[data-held]');
    await tab.waitForSelector('[data-told=true]');
    await tab.keyboard.press('o');
    await tab.waitForFunction(() => !document.querySelector('[data-held]'));
    await untilAsked(tab, ['connect', 'hold', 'hold-over']);
    // Not one's own to begin who is not in charge.
    await show(tab, consoleStates['guest-call'] as object);
    await tab.keyboard.press('o');
    expect(await tab.$('[data-key=O]')).toBe(null);
    await untilAsked(tab, ['connect', 'hold', 'hold-over']);
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('is told to the caller when it begins and when it is over', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await show(tab, callerStates['call-on-hold'] as object);
    const said = () => tab.$eval('[data-said]', (line) => line.textContent);
    await tab.waitForFunction(() => document.querySelector('[data-note]')?.textContent?.includes('on hold'));
    expect(await said()).toBe('Sam has put you on hold for a moment. You are still connected.');
    await show(tab, callerStates.call as object);
    await tab.waitForFunction(() => !document.querySelector('[data-note]'));
    expect(await said()).toBe('Sam is back with you.');
    await tab.close();
  });
});

describe('whoever cannot speak', () => {
  it('begins with writing, from the first screen and when the microphone is refused', async () => {
    for (const story of ['start', 'trouble-microphone-refused']) {
      const { tab } = await openStory(browser, `/?story=${story}`);
      await tab.click('[data-write]');
      await tab.waitForSelector('[data-screen=waiting]');
      await untilAsked(tab, ['connect', 'join-silently']);
      await tab.close();
    }
  });
});

describe('the first minute of a call', () => {
  it('has a list that is put away by one press, and does not come back', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.waitForSelector('[data-first-minute]');
    await tab.click('[data-first-minute] button');
    await tab.waitForFunction(() => !document.querySelector('[data-first-minute]'));
    await show(tab, consoleStates['call-consulting'] as object);
    await tab.waitForSelector('[data-screen=consulting]');
    await show(tab, consoleStates.call as object);
    await tab.waitForSelector('[data-screen=call]');
    expect(await tab.$('[data-first-minute]')).toBe(null);
    await tab.close();
  });

  it('is not of whoever is asked into the call', async () => {
    const { tab } = await openStory(browser, '/console/?story=guest-call');
    expect([await tab.$('[data-first-minute]'), await tab.$('[data-plan]')]).toEqual([null, null]);
    await tab.close();
  });

  it('is for agreeing what happens when the line drops, by keyboard, and the caller sees it then and afterwards', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.focus('[data-plan] input:checked');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('ArrowDown');
    await tab.waitForSelector('[data-plan=telephone]');
    await untilAsked(tab, ['connect', 'agree call_back', 'agree telephone']);
    await tab.close();
    const { tab: page } = await openStory(browser, '/?story=call-plan');
    expect(await page.$eval('[data-plan]', ({ textContent }) => textContent)).toContain('Agreed: telephone 0300');
    await show(page, { ...(callerStates['ended-lost'] as object) });
    await page.waitForSelector('[data-agreed=telephone]');
    await page.close();
  });
});

describe('after the call', () => {
  it('both are told what did not arrive', async () => {
    for (const [path, state, ended] of [
      ['/?story=call', callerStates['call-written'], callerStates['ended-by-counsellor']],
      ['/console/?story=call', consoleStates['call-written'], consoleStates['wrap-up']],
    ] as const) {
      const { tab } = await openStory(browser, path);
      await show(tab, state as object);
      await tab.waitForSelector('.written__line');
      await show(tab, ended as object);
      await tab.waitForSelector('[data-unsent]');
      await tab.close();
    }
  });
});
