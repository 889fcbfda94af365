/** How the console behaves in a browser, with a fake desk behind it. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consoleStates } from '../../stories/console-states';
import { openBrowser, openStory, show, untilAsked, untilFocused, untilTitled } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const state = (name: string) => consoleStates[name]?.state as object;

/** Counts the bells that sound. */
const countBells = (tab: Page): Promise<void> =>
  tab.evaluate(() => {
    const counts = { started: 0, stopped: 0 };
    const stops = new WeakSet<OscillatorNode>();
    Object.assign(window, { bells: counts });
    const { start, stop } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (when?: number) {
      counts.started += 1;
      start.call(this, when);
    };
    OscillatorNode.prototype.stop = function (when?: number) {
      // A bell is stopped once when it is struck, for its end, and again when it must be silent.
      if (stops.has(this)) counts.stopped += 1;
      stops.add(this);
      stop.call(this, when);
    };
  });

describe('the console', () => {
  it('is worked by one key for each act', async () => {
    const { tab } = await openStory(browser, '/console/?story=unavailable');
    await tab.keyboard.press('a');
    await tab.waitForSelector('[data-screen=available]');
    await tab.keyboard.press('n');
    await tab.waitForSelector('[data-screen=unavailable]');
    await show(tab, { state: state('ringing') });
    await tab.waitForSelector('[data-screen=ringing]');
    await tab.keyboard.press('y');
    await show(tab, consoleStates.call as object);
    await tab.waitForSelector('[data-screen=call]');
    await tab.keyboard.press('m');
    await tab.waitForSelector('[data-muted=true]');
    await tab.keyboard.press('e');
    await tab.waitForSelector('[role=alertdialog]');
    await untilFocused(tab, 'Go on');
    await tab.keyboard.press('Escape');
    await tab.waitForSelector('[data-key=E]');
    await tab.keyboard.press('e');
    await tab.waitForSelector('[role=alertdialog]');
    await untilFocused(tab, 'Go on');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=wrap-up]');
    await tab.keyboard.press('a');
    await tab.waitForSelector('[data-screen=available]');
    await untilAsked(tab, ['connect', 'available', 'unavailable', 'accept', 'mute', 'end', 'done-available']);
    await tab.close();
  });

  it('leaves keys alone when they are switched off or when one writes', async () => {
    const { tab } = await openStory(browser, '/console/?story=unavailable');
    await tab.keyboard.down('Control');
    await tab.keyboard.press('a');
    await tab.keyboard.up('Control');
    await tab.click('.side .tick input');
    await tab.waitForSelector('[data-on=false]');
    await tab.keyboard.press('a');
    await untilAsked(tab, ['connect']);
    await tab.close();
  });

  it('rings, and is silent in the moment in which the caller hangs up', async () => {
    const { tab } = await openStory(browser, '/console/?story=available');
    await countBells(tab);
    await show(tab, { state: state('ringing') });
    await tab.waitForSelector('[data-screen=ringing]');
    await untilTitled(tab, 'Caller waiting – Desk');
    await tab.waitForFunction(() => (window as unknown as { bells: { started: number } }).bells.started === 2);
    await show(tab, { state: { phase: 'available' } });
    await tab.waitForSelector('[data-screen=available]');
    await tab.waitForFunction(() => (window as unknown as { bells: { stopped: number } }).bells.stopped === 2);
    expect(await tab.$eval('.notice', (notice) => notice.textContent)).toContain('left before you answered');
    await untilTitled(tab, 'Available – Desk');
    await tab.close();
  });

  it('shows the microphone’s name and that it is heard', async () => {
    const { tab } = await openStory(browser, '/console/?story=unavailable');
    await tab.click('.checks .button');
    await tab.waitForSelector('[data-heard=true]');
    expect(await tab.$eval('.checks .panel', (panel) => panel.textContent)).toContain('Using: Fake');
    await tab.close();
  });

  it('says when the caller’s connection is lost, and keeps the call', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await show(tab, { state: state('call-caller-lost') });
    await tab.waitForSelector('.notice');
    expect(await tab.$eval('.notice', (notice) => notice.textContent)).toContain('You are held for them');
    await show(tab, { state: state('call') });
    await tab.waitForFunction(() => !document.querySelector('.notice'));
    await tab.close();
  });

  it('asks for help by one key, for a colleague by name, and hands over only after a question', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.waitForSelector('[data-screen=call]');
    await tab.keyboard.press('h');
    await tab.waitForFunction(() => document.querySelectorAll('#whom option').length > 3);
    await tab.select('#whom', '2'.repeat(32));
    await tab.click('[data-act=consult]');
    await show(tab, { state: state('call-three') });
    await (await tab.waitForSelector('[data-colleague=Rhian] [data-act=hand-over]'))?.click();
    await untilFocused(tab, 'Go back');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await untilAsked(tab, ['connect', 'ask-help', 'invite consult 2', 'hand-over 2']);
    await tab.close();
  });

  it('rings where a colleague asks, and is silent when they ask no longer', async () => {
    const { tab } = await openStory(browser, '/console/?story=available');
    await countBells(tab);
    await show(tab, { state: state('guest-invited-consult') });
    await tab.waitForSelector('[data-screen=invited]');
    await untilTitled(tab, 'A colleague asks you – Desk');
    await tab.waitForFunction(() => (window as unknown as { bells: { started: number } }).bells.started === 2);
    await show(tab, { state: { phase: 'available' } });
    await tab.waitForFunction(() => (window as unknown as { bells: { stopped: number } }).bells.stopped === 2);
    expect(await tab.$eval('.notice', (notice) => notice.textContent)).toContain('your colleague asked no longer');
    await tab.close();
  });

  it('goes back to the caller by one key, and leaves a talk by the same', async () => {
    const { tab } = await openStory(browser, '/console/?story=call-consulting');
    await tab.waitForSelector('[data-screen=consulting]');
    await tab.keyboard.press('b');
    await show(tab, { state: state('guest-consulted') });
    await tab.waitForSelector('[data-screen=consulted]');
    await tab.keyboard.press('b');
    await untilAsked(tab, ['connect', 'end-consult', 'leave']);
    await tab.close();
  });

  it('enrols by a link and leaves nothing of it in the address', async () => {
    const { tab } = await openStory(browser, '/console/?story=enrol');
    await tab.click('button[type=submit]');
    await tab.waitForSelector('.field__problem');
    expect(await tab.$eval('.field__problem', (problem) => problem.textContent)).toBe('Enter your first name');
    await tab.type('#name', 'Sam');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=unavailable]');
    expect(new URL(tab.url()).hash).toBe('');
    await tab.close();
  });

  it('takes a credential that was signed elsewhere, or says why not', async () => {
    const { tab } = await openStory(browser, '/console/?story=pending');
    await tab.type('#credential', 'ey.ey.ey');
    await tab.click('button[type=submit]');
    await tab.waitForSelector('.field__problem');
    expect(await tab.$eval('.field__problem', (text) => text.textContent)).toContain('another device');
    await show(tab, { pending: false });
    await tab.waitForSelector('[data-screen=unavailable]');
    await tab.close();
  });

  it('asks for the passkey in a tab without a session, and again after signing out', async () => {
    const { tab } = await openStory(browser, '/console/?story=sign-in');
    await tab.waitForSelector('[data-screen=sign-in]');
    await tab.keyboard.press('Tab');
    await untilFocused(tab, 'Sign in with your passkey');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=unavailable]');
    await tab.click('.bar .button');
    await tab.waitForSelector('[data-screen=sign-in]');
    await untilAsked(tab, ['connect', 'sign-out', 'close']);
    await tab.close();
  });
});

describe('the administrator’s page', () => {
  it('shuts nobody out without a question, whose safe answer has the focus', async () => {
    const { tab } = await openStory(browser, '/console/?story=office');
    await (await tab.waitForSelector('[data-person=Sam] [data-act=shut-out]'))?.click();
    await untilFocused(tab, 'Go back');
    await tab.keyboard.press('Escape');
    await tab.waitForSelector('[data-person=Sam] [data-act=shut-out]');
    await tab.click('[data-person=Sam] [data-act=shut-out]');
    await untilFocused(tab, 'Go back');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.waitForFunction(() => document.querySelector('[role=alertdialog]') === null);
    await untilAsked(tab, ['connect', 'office shut_out_person']);
    await tab.close();
  });

  it('shows a link once, and says when another administrator must confirm', async () => {
    const { tab } = await openStory(browser, '/console/?story=office');
    await tab.waitForSelector('#role');
    await tab.click('form button[type=submit]');
    await tab.waitForSelector('code[data-link]');
    await tab.select('#role', 'administrator');
    await tab.click('form button[type=submit]');
    await tab.waitForFunction(() => document.body.innerText.includes('Another administrator must confirm'));
    expect(await tab.$$eval('[data-act=confirm]', (buttons) => buttons.length)).toBe(1);
    await tab.close();
  });
});
