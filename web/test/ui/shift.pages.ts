/** The supervisor's pages in a browser, with a fake desk behind them. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consoleStates } from '../../stories/console-states';
import { asked, openBrowser, openStory, show, untilFocused } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const asks = { call: 'c'.repeat(32), name: 'Sam', since_s: 2, helper: null, escalated: false };

/** Counts the bells that are struck, and how loud the loudest was meant to be. */
const listen = (tab: Page): Promise<void> =>
  tab.evaluate(() => {
    const heard = { bells: 0, loudest: 0 };
    Object.assign(window, { heard });
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (when?: number) {
      heard.bells += 1;
      start.call(this, when);
    };
    const { linearRampToValueAtTime } = AudioParam.prototype;
    AudioParam.prototype.linearRampToValueAtTime = function (value: number, end: number) {
      heard.loudest = Math.max(heard.loudest, value);
      return linearRampToValueAtTime.call(this, value, end);
    };
  });
type Heard = { heard: { bells: number; loudest: number } };
const bells = (tab: Page): Promise<number> => tab.evaluate(() => (window as unknown as Heard).heard.bells);

describe('a request for help', () => {
  it('is above everything on each page, with one bell, and is taken from there', async () => {
    const { tab } = await openStory(browser, '/console/?story=wallboard');
    await tab.waitForSelector('[data-screen=wallboard]');
    await listen(tab);
    await show(tab, { help: [asks] });
    const alert = await tab.waitForSelector('[data-help-alert="1"]');
    expect(await tab.$eval('[data-help-alert]', (top) => top.getBoundingClientRect().top)).toBe(0);
    expect(await alert?.$eval('[role=alert]', (text) => text.textContent)).toBe('Sam asks for help');
    await tab.waitForFunction(() => (window as unknown as Heard).heard.bells === 2);
    await tab.click('[data-help-alert] [data-act=take-help]');
    expect(await asked(tab)).toContain('take-help');
    await show(tab, { help: [{ ...asks, helper: 'Tom' }] });
    await tab.waitForFunction(() => document.querySelector('[data-help-alert]') === null);
    expect(await bells(tab)).toBe(2);
    await tab.close();
  });

  it('rings louder, again and again, when nobody comes, and is silent when somebody has', async () => {
    const { tab } = await openStory(browser, '/console/?story=paused-break');
    await show(tab, { role: 'clinician', help: [asks] });
    await tab.waitForSelector('[data-help-alert="1"] [data-escalated=false]');
    await listen(tab);
    await show(tab, { help: [{ ...asks, since_s: 30, escalated: true }] });
    await tab.waitForSelector('[data-escalated=true]');
    await tab.waitForFunction(() => (window as unknown as Heard).heard.bells >= 4);
    expect(await tab.evaluate(() => (window as unknown as Heard).heard.loudest)).toBeGreaterThan(0.35);
    await show(tab, { help: [{ ...asks, helper: 'Tom', escalated: true }] });
    await tab.waitForFunction(() => document.querySelector('[data-help-alert]') === null);
    await tab.close();
  });

  it('is seen and not heard by who is in a call', async () => {
    const { tab } = await openStory(browser, '/console/?story=guest-call');
    await tab.waitForSelector('[data-screen=call]');
    await listen(tab);
    await show(tab, { help: [{ ...asks, escalated: true }] });
    await tab.waitForSelector('[data-help="1"]');
    expect(await tab.$('[data-help-alert]')).toBeNull();
    expect(await bells(tab)).toBe(0);
    await tab.close();
  });

  it('is above the large display', async () => {
    const { tab } = await openStory(browser, '/console/?story=wallboard-far-help');
    await tab.waitForSelector('[data-screen=wallboard-far]');
    const first = await tab.$eval('[data-help-alert] [role=alert]', (text) => text.textContent);
    expect(first).toBe('Priya asks for help, and nobody has come yet');
    const onTop = await tab.evaluate(
      () => document.elementFromPoint(innerWidth / 2, 20)?.closest('[data-help-alert]') !== null,
    );
    expect(onTop).toBe(true);
    await tab.close();
  });
});

describe('the wallboard', () => {
  it('shows what it is told at once, and its charts without breaking the policy', async () => {
    const { tab, complaints, strangers } = await openStory(browser, '/console/?story=wallboard');
    await tab.waitForFunction(() => document.querySelectorAll('[data-chart=drawn] canvas').length === 2);
    const number = (name: string) => tab.$eval(`[data-number=${name}] dd`, (dd) => dd.textContent);
    expect(await number('waiting')).toBe('3');
    expect(await number('longest')).toMatch(/^1:[3-5]\d$/);
    const board = consoleStates['wallboard-offline']?.board as object & { now: number; minute: object };
    const painted = await tab.evaluate(
      async (next) => {
        const began = performance.now();
        (window as unknown as { story: { show(part: object): void } }).story.show(next);
        while (document.querySelector('[data-number=waiting] dd')?.textContent !== '7')
          await new Promise((done) => requestAnimationFrame(done));
        return performance.now() - began;
      },
      { board: { ...board, now: board.now + 1000, waiting: 7 } },
    );
    process.stdout.write(`from the message to the page: ${painted.toFixed(1)} ms\n`);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
    await tab.close();
  });

  it('stands still without a connection, says how old it is, and asks again when it is back', async () => {
    const { tab } = await openStory(browser, '/console/?story=wallboard');
    await tab.waitForSelector('[data-number=waiting]');
    await show(tab, { signalling: 'lost' });
    await tab.waitForSelector('[data-offline]');
    await show(tab, { signalling: 'up' });
    await tab.waitForFunction(() => document.querySelector('[data-offline]') === null);
    await tab.close();
  });

  it('is large on a key and back by Escape', async () => {
    const { tab } = await openStory(browser, '/console/?story=wallboard');
    await tab.waitForSelector('[data-occupancy="92"]');
    await (await tab.waitForSelector('[data-act=far]'))?.focus();
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=wallboard-far]');
    await untilFocused(tab, 'Back to the console');
    // A wall is seen by others than supervisors.
    expect(await tab.$('[data-occupancy]')).toBeNull();
    await tab.keyboard.press('Escape');
    await tab.waitForSelector('[data-screen=wallboard]');
    await tab.close();
  });
});

describe('the rota', () => {
  const isOn = (tab: Page, place: number) =>
    tab.$eval(`[data-place="${place}"]`, (cell) => cell.getAttribute('aria-selected') === 'true');

  it('is changed by dragging', async () => {
    const { tab } = await openStory(browser, '/console/?story=rota');
    const [from, to] = [await tab.waitForSelector('[data-place="8"]'), await tab.waitForSelector('[data-place="11"]')];
    await from?.hover();
    await tab.mouse.down();
    const { x, y, width, height } = (await to?.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await tab.mouse.move(x + width / 2, y + height / 2, { steps: 12 });
    await tab.mouse.up();
    await tab.waitForSelector('[data-said=unsaved]');
    expect(await Promise.all([7, 8, 9, 10, 11, 12].map((place) => isOn(tab, place)))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    await tab.click('[data-act=save]');
    await tab.waitForSelector('[data-said=saved]');
    expect(await asked(tab)).toContain('shift set_rota');
    await tab.close();
  });

  it('is changed by the keyboard alone', async () => {
    const { tab } = await openStory(browser, '/console/?story=rota');
    await (await tab.waitForSelector('[data-place="0"]'))?.focus();
    for (let step = 0; step < 8; step += 1) await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Space');
    await tab.keyboard.down('Shift');
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('ArrowRight');
    await tab.keyboard.up('Shift');
    await tab.waitForSelector('[data-said=unsaved]');
    expect(await Promise.all([8, 9, 33].map((place) => isOn(tab, place)))).toEqual([true, true, true]);
    const label = await tab.evaluate(() => document.activeElement?.getAttribute('aria-label'));
    expect(label).toBe('Tuesday 24 November, 09:00: on, 3 of 2 needed');
    await tab.keyboard.press('End');
    expect(await tab.evaluate(() => document.activeElement?.getAttribute('data-place'))).toBe('153');
    await (await tab.$('[data-act=undo]'))?.click();
    await tab.waitForSelector('[data-said=none]');
    expect(await isOn(tab, 8)).toBe(false);
    await tab.close();
  });

  it('tells who was overtaken what the other has changed, and keeps their own changes', async () => {
    const { tab } = await openStory(browser, '/console/?story=rota-overtaken');
    const notice = await tab.waitForSelector('[data-overtaken="1"]');
    const text = await notice?.evaluate((element) => element.textContent);
    expect(text).toContain('Alex has saved this week meanwhile');
    expect(text).toContain('Carys is on now: Saturday 28 November, 16:00 to 00:00');
    expect(await isOn(tab, 136)).toBe(true);
    await tab.waitForSelector('[data-said=unsaved]');
    await tab.click('[data-act=seen]');
    await tab.waitForFunction(() => document.querySelector('[data-overtaken]') === null);
    await tab.close();
  });

  it('asks before it copies over a week that has a plan', async () => {
    const { tab } = await openStory(browser, '/console/?story=rota');
    await (await tab.waitForSelector('[data-act=copy]'))?.click();
    await tab.waitForSelector('[role=alertdialog]');
    await untilFocused(tab, 'Go back');
    expect(await asked(tab)).not.toContain('shift copy_rota');
    await tab.keyboard.press('Escape');
    await tab.waitForSelector('[data-act=copy]');
    await tab.close();
  });
});

describe('training', () => {
  it('is set for one person, and said to them ahead of time', async () => {
    const { tab } = await openStory(browser, '/console/?story=rota');
    await tab.waitForSelector('[data-trained=Rhian] input');
    await tab.$eval('[data-trained=Rhian] input', (input) => {
      (input as HTMLInputElement).value = '2027-03-31';
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await (await tab.waitForSelector('[data-trained=Rhian] button:enabled'))?.click();
    await tab.waitForFunction(() =>
      (window as unknown as { story: { asked: string[] } }).story.asked.includes('shift set_training'),
    );
    await tab.close();
    const soon = await openStory(browser, '/console/?story=training-soon');
    await soon.tab.waitForSelector('[data-training-left="11"]');
    await soon.tab.close();
  });
});
