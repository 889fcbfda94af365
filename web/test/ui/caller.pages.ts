/** How the caller's page behaves in a browser, with a fake call behind it. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerStates } from '../../stories/caller-states';
import { address, asked, focused, openBrowser, openStory, screenName, show, untilAsked, untilFocused } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const NEUTRAL = 'https://www.bbc.co.uk/weather';

/** Answers the neutral page from here, so that no test leaves this machine; notes every request. */
async function stayHere(tab: Page): Promise<string[]> {
  const requests: string[] = [];
  await tab.setRequestInterception(true);
  tab.on('request', (request) => {
    requests.push(request.url());
    if (request.url().startsWith(address)) void request.continue();
    else void request.respond({ status: 200, contentType: 'text/html', body: '<title>Weather</title>' });
  });
  return requests;
}

describe('the caller’s page', () => {
  it('is one tap away from the queue, by keyboard alone', async () => {
    const { tab } = await openStory(browser, '/?story=start');
    await tab.keyboard.press('Tab');
    await untilFocused(tab, 'Exit this page');
    await tab.keyboard.press('Tab');
    await untilFocused(tab, 'Talk to a counsellor');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=waiting]');
    await untilAsked(tab, ['connect', 'join']);
    expect(await tab.$eval('[data-place]', (place) => place.textContent)).toBe('Two people are before you.');
    await tab.close();
  });

  it('moves the focus to the heading of each new screen, and leaves it alone within one', async () => {
    const { tab } = await openStory(browser, '/?story=waiting');
    const { state, members } = callerStates.call as (typeof callerStates)[string];
    await tab.focus('[data-leave]');
    await show(tab, { state: { phase: 'waiting', ahead: 1, ringing: false, on_shift: true } });
    await tab.waitForFunction(() => document.querySelector('[data-place]')?.textContent?.startsWith('One'));
    expect(await focused(tab)).toBe('Leave the queue');
    await show(tab, { state, members });
    await tab.waitForSelector('[data-screen=call]');
    await untilFocused(tab, 'You are with Sam');
    await tab.waitForFunction(
      () => document.querySelector('[data-said]')?.textContent === 'Sam, counsellor, can now hear.',
    );
    await tab.close();
  });

  it('shows who can hear before anything is heard', async () => {
    const { tab } = await openStory(browser, '/?story=call-opening');
    expect(await tab.$eval('[data-people]', (people) => people.textContent)).toBe('YouSam, counsellor');
    expect(await tab.$eval('[data-hearing]', (lead) => lead.textContent)).toBe('You will hear Sam in a moment.');
    await tab.close();
  });

  it('leaves the queue with one tap, and a call after a gentle question that Escape declines', async () => {
    const queue = await openStory(browser, '/?story=waiting');
    await queue.tab.click('[data-leave]');
    await queue.tab.waitForSelector('[data-screen=ended]');
    expect(await asked(queue.tab)).toContain('leave');
    await queue.tab.close();

    const { tab } = await openStory(browser, '/?story=call');
    await tab.click('[data-leave]');
    await tab.waitForSelector('[role=alertdialog]');
    await untilFocused(tab, 'Stay');
    await tab.keyboard.press('Escape');
    await tab.waitForSelector('[data-leave]');
    await tab.waitForFunction(() => document.activeElement?.hasAttribute('data-leave'));
    expect(await asked(tab)).not.toContain('leave');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[role=alertdialog]');
    await untilFocused(tab, 'Stay');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-screen=ended]');
    expect(await asked(tab)).toContain('leave');
    await tab.close();
  });

  it('goes back to the queue from an ended call', async () => {
    const { tab } = await openStory(browser, '/?story=ended-lost');
    await tab.click('.button--main');
    await tab.waitForSelector('[data-screen=waiting]');
    expect(await asked(tab)).toContain('join');
    await tab.close();
  });

  it('exits by its link: ends the call first, then shows the neutral page and no way back to the call', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    const order = await stayHere(tab);
    tab.on('console', (message) => order.push(message.text()));
    await tab.evaluate(() => {
      const { story } = window as unknown as { story: { exit(): void } };
      // biome-ignore lint/suspicious/noConsole: the test reads it from outside
      story.exit = () => console.info('the call is over');
    });
    await Promise.all([tab.waitForNavigation(), tab.click('[data-exit]')]);
    expect(tab.url()).toBe(NEUTRAL);
    expect(order).toEqual(['the call is over', NEUTRAL]);
    const history = await tab.createCDPSession().then((session) => session.send('Page.getNavigationHistory'));
    expect(history.entries.map(({ url }) => url)).not.toContain(`${address}/?story=call`);
    await tab.close();
  });

  it('exits by Shift pressed three times, not by two or by capital letters', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await stayHere(tab);
    await tab.keyboard.press('Shift');
    await tab.keyboard.press('Shift');
    expect(await tab.$$eval('.exit__light--on', (lights) => lights.length)).toBe(2);
    await tab.keyboard.press('a');
    for (let i = 0; i < 4; i++) {
      await tab.keyboard.down('Shift');
      await tab.keyboard.press('B');
      await tab.keyboard.up('Shift');
    }
    expect(await asked(tab)).not.toContain('exit');
    await tab.keyboard.press('Shift');
    await tab.keyboard.press('Shift');
    await Promise.all([tab.waitForNavigation(), tab.keyboard.press('Shift')]);
    expect(tab.url()).toBe(NEUTRAL);
    await tab.close();
  });

  it('keeps nothing: no cookie, nothing stored', async () => {
    const { tab } = await openStory(browser, '/?story=start');
    await tab.click('[data-talk]');
    await tab.waitForSelector('[data-screen=waiting]');
    expect(await tab.evaluate(() => [document.cookie, localStorage.length])).toEqual(['', 0]);
    expect(await browser.defaultBrowserContext().cookies()).toEqual([]);
    await tab.close();
  });

  it('has a tone while one waits that fades away when the counsellor is heard', async () => {
    const { tab } = await openStory(browser, '/?story=waiting');
    expect(await tab.$eval('.buttons button', (button) => button.textContent)).toBe('Turn the tone off');
    await tab.click('.buttons button');
    await tab.waitForFunction(() => document.querySelector('.buttons button')?.textContent === 'Turn the tone on');
    expect(await screenName(tab)).toBe('waiting');
    await tab.close();
  });
});

describe('without JavaScript', () => {
  it.each(['/', '/nowhere'])('%s shows the number, 999 and the way out', async (path) => {
    const tab = await browser.newPage();
    await tab.setJavaScriptEnabled(false);
    await tab.goto(`${address}${path}`);
    const visible = async (selector: string): Promise<boolean> =>
      (await tab.$(selector).then((el) => el?.isVisible())) ?? false;
    expect(await visible('footer a[href="tel:03001312789"]')).toBe(true);
    expect(await visible('footer a[href="tel:999"]')).toBe(true);
    expect(await visible(`a[href="${NEUTRAL}"]`)).toBe(true);
    if (path === '/') expect(await visible('noscript a[href="tel:03001312789"]')).toBe(true);
    await tab.close();
  });
});

describe('where the page’s script does not come', () => {
  it('says by itself what to do', async () => {
    const tab = await browser.newPage();
    await tab.setRequestInterception(true);
    tab.on('request', (request) => {
      if (request.resourceType() === 'script') void request.abort();
      else void request.continue();
    });
    await tab.goto(`${address}/`);
    await tab.waitForSelector('.late', { visible: true });
    expect(await tab.$eval('.late a', (link) => link.getAttribute('href'))).toBe('tel:03001312789');
    await tab.close();
  });
});
