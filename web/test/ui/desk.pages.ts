/** How the console behaves in a browser, with a fake desk behind it. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { consoleStates } from '../../stories/console-states';
import { address, openBrowser, openStory, show, untilAsked, untilFocused, untilTitled } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());
// What a test leaves on the device, also one that fails, is nothing to the next.
afterEach(async () => {
  const [tab] = await browser.pages();
  await tab?.goto(address);
  await tab?.evaluate(() => localStorage.clear());
});

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

  it('goes on a break, to a debrief and to follow-ups, out of a wrap-up too, and says since when', async () => {
    const { tab } = await openStory(browser, '/console/?story=wrap-up');
    for (const [key, why] of [
      ['d', 'debrief'],
      ['f', 'follow_up'],
      ['k', 'break'],
    ] as const) {
      await tab.keyboard.press(key);
      await tab.waitForSelector(`[data-screen=paused-${why}]`);
      expect(await tab.$$eval('[aria-pressed=true]', (keys) => keys.length)).toBe(1);
    }
    await untilTitled(tab, 'Break – Desk');
    await show(tab, { state: { phase: 'paused', why: 'break', since_s: 754 } });
    await tab.waitForFunction(() => document.querySelector('.strip__now')?.textContent?.includes('Break for 12'));
    await tab.keyboard.press('a');
    await tab.waitForSelector('[data-screen=available]');
    await untilAsked(tab, ['connect', 'pause debrief', 'pause follow_up', 'pause break', 'available']);
    await tab.close();
  });

  it('says in a sentence that a state was not confirmed, and shows the one that holds', async () => {
    const { tab } = await openStory(browser, '/console/?story=unavailable-refused');
    await tab.waitForSelector('[data-choice=unconfirmed]');
    expect(await tab.$eval('[data-choice]', (told) => told.textContent)).toContain('“Available” was not confirmed');
    expect(await tab.$eval('.strip', (strip) => (strip as HTMLElement).dataset.duty)).toBe('unavailable');
    await tab.close();
  });

  it('takes a break while it rings as passing on', async () => {
    const { tab } = await openStory(browser, '/console/?story=ringing');
    await tab.keyboard.press('k');
    await tab.waitForSelector('[data-screen=paused-break]');
    expect(await tab.$eval('.notice', (notice) => notice.textContent)).toContain('Passed on');
    await tab.close();
  });

  it('chooses nothing in a call', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    for (const key of ['k', 'd', 'f', 'n', 'a'] as const) await tab.keyboard.press(key);
    await tab.keyboard.press('m');
    await untilAsked(tab, ['connect', 'mute']);
    expect(await tab.$('.strip .button')).toBeNull();
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
    await tab.keyboard.press('?');
    await untilAsked(tab, ['connect']);
    expect(await tab.$('dialog')).toBeNull();
    await tab.reload({ waitUntil: 'domcontentloaded' });
    await tab.waitForSelector('[data-on=false]');
    await tab.evaluate(() => localStorage.clear());
    await tab.close();
  });

  it('keeps its keys while one stands on a choice, which takes no letters', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.click('[data-plan] input');
    await tab.keyboard.press('m');
    await tab.waitForSelector('[data-muted=true]');
    await tab.close();
  });

  it('counts waits on between two messages, and marks them as old when the connection is lost', async () => {
    const { tab } = await openStory(browser, '/console/?story=paused-debrief');
    await tab.waitForFunction(() => document.querySelector('.figures')?.textContent?.includes('1\u00a0min 3\u00a0s'));
    await show(tab, { signalling: 'lost' });
    await tab.waitForSelector('[data-old=true]');
    expect(await tab.$eval('.side', (side) => side.textContent)).toContain('This is old');
    expect(await tab.$eval('.strip', (strip) => strip.textContent)).toContain('Last known: Debrief');
    await tab.waitForSelector('[data-offline]');
    await show(tab, { signalling: 'up', queue: { waiting: 0, longest_wait_s: 0 } });
    await tab.waitForSelector('[data-waiting="0"]');
    expect(await tab.$eval('.side', (side) => side.textContent)).toContain('Nobody is waiting.');
    await tab.close();
  });

  it('says that a break is asked for when the connection is back', async () => {
    const { tab } = await openStory(browser, '/console/?story=available-break-later');
    await tab.waitForSelector('[data-choice=asked]');
    expect(await tab.$eval('[data-choice]', (told) => told.textContent)).toContain('“Break” is asked for as soon as');
    await show(tab, { signalling: 'up', state: { phase: 'paused', why: 'break', since_s: 0 } });
    await tab.waitForFunction(() => !document.querySelector('[data-choice]'));
    await tab.close();
  });

  it('lists the keys that hold now, does nothing by them meanwhile, and gives the focus back', async () => {
    const { tab } = await openStory(browser, '/console/?story=available');
    await tab.focus('[data-key=K]');
    await tab.keyboard.press('?');
    await tab.waitForSelector('dialog[open]');
    await untilFocused(tab, 'Close');
    expect(await tab.$$eval('dialog kbd', (keys) => keys.map((key) => key.textContent).join(''))).toBe('KDFN?');
    await tab.keyboard.press('n');
    await tab.keyboard.press('Escape');
    await tab.waitForFunction(() => !document.querySelector('dialog'));
    await untilFocused(tab, 'BreakK');
    await untilAsked(tab, ['connect']);
    await tab.close();
  });

  it('puts the list of keys away when it rings, so that the ring can be answered', async () => {
    const { tab } = await openStory(browser, '/console/?story=available-keys');
    await tab.waitForSelector('dialog[open]');
    await show(tab, { state: state('ringing') });
    await tab.waitForSelector('[data-screen=ringing]');
    expect(await tab.$('dialog')).toBeNull();
    await untilFocused(tab, 'A caller is waiting for you');
    await tab.keyboard.press('y');
    await untilAsked(tab, ['connect', 'accept']);
    await show(tab, { state: { phase: 'available' } });
    await tab.waitForSelector('[data-screen=available]');
    expect(await tab.$('dialog')).toBeNull();
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

  it('asks whether the test sound was heard, and holds nobody back who did not', async () => {
    const { tab } = await openStory(browser, '/console/?story=unavailable');
    await tab.click('[data-loudspeaker] [data-act=play]');
    await (await tab.waitForSelector('[data-act=unheard]'))?.click();
    await tab.waitForSelector('[data-loudspeaker=unheard]');
    await tab.click('[data-loudspeaker] [data-act=play]');
    await (await tab.waitForSelector('[data-act=heard]'))?.click();
    await tab.waitForSelector('[data-loudspeaker=heard]');
    await tab.keyboard.press('a');
    await tab.waitForSelector('[data-screen=available]');
    await tab.close();
  });

  it('says before a shift whether sound gets through, and over which way', async () => {
    const { tab, complaints } = await openStory(browser, '/console/?story=unavailable');
    const find = async (path: unknown, found: string) => {
      await tab.evaluate((is) => Object.assign((window as unknown as { story: object }).story, { path: is }), path);
      await tab.click('[data-act=path]');
      await tab.waitForSelector(`[data-path=${found}]`);
      return tab.$eval('[data-path] [role=status]', (status) => status.textContent);
    };
    expect(await find({ way: 'udp', roundTrip: 23.4 }, 'udp')).toBe(
      'Sound gets through. There and back takes 23\u00a0ms.',
    );
    expect(await find({ way: 'tcp', roundTrip: undefined }, 'tcp')).toContain('may stutter');
    expect(await find('no-path', 'no-path')).toContain('does not get through');
    expect(await find('no-answer', 'no-answer')).toContain('did not answer');
    expect(complaints).toEqual([]);
    await tab.close();
  });

  it('changes the microphone and the loudspeaker in a call, and remembers them', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.evaluate(() => navigator.mediaDevices.getUserMedia({ audio: true }));
    await show(tab, { microphone: 'Fake Default Audio Input' });
    await tab.waitForFunction(() => document.querySelectorAll('#choose-microphone option').length > 1);
    const choose = async (id: string) => {
      const value = await tab.$eval(
        `#choose-${id} option:nth-child(2)`,
        (option) => (option as HTMLOptionElement).value,
      );
      await tab.select(`#choose-${id}`, value);
      return value;
    };
    const [microphone, speaker] = [await choose('microphone'), await choose('speaker')];
    await untilAsked(tab, ['connect', 'choose-microphone']);
    const kept = await tab.evaluate(() => [localStorage['console.microphone'], localStorage['console.speaker']]);
    expect(kept).toEqual([microphone, speaker]);
    await tab.reload({ waitUntil: 'domcontentloaded' });
    // The story's stream has no track, so the choice shows where an element is new.
    await tab.waitForFunction(
      (wanted) => document.querySelector<HTMLAudioElement>('[data-far-end]')?.sinkId === wanted,
      {},
      speaker,
    );
    await show(tab, { microphone: 'Built-in', microphoneGone: true });
    await tab.waitForSelector('[data-told=microphone-gone]');
    await tab.evaluate(() => localStorage.clear());
    await tab.close();
  });

  it('says in words how the call sounds', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.waitForSelector('[data-quality=good]');
    await show(tab, { quality: 'gaps-there' });
    await tab.waitForSelector('[data-quality=gaps-there]');
    expect(await tab.$eval('[data-quality]', (text) => text.textContent)).toContain('The caller hears gaps');
    expect(await tab.$eval('[data-quality]', (text) => text.getAttribute('role'))).toBe('status');
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
