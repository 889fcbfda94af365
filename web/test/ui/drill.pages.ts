/** Drills in a real browser: marked on every screen of both pages, and the ways in and out. */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerStates } from '../../stories/caller-states';
import { address, asked, openBrowser, openStory, screenName, show, untilTitled } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const band = (tab: Page) => tab.waitForFunction(() => document.querySelector('[data-drill]')?.textContent);
const marked = (tab: Page) => tab.$eval('[data-drill]', (found) => found.textContent ?? '').catch(() => undefined);
/** Whether the band is at the top of what is seen, and nothing lies over it. */
const onTop = (tab: Page) =>
  tab.evaluate(() => {
    const found = document.querySelector('[data-drill]');
    if (!found) return false;
    const { top, bottom, left, width } = found.getBoundingClientRect();
    const there = document.elementFromPoint(left + width / 2, bottom - 12);
    return top === 0 && bottom > 0 && found.contains(there);
  });

describe('the caller’s page in a drill', () => {
  it('says so on every screen, at the top, in the title and for a screen reader, and lets go of nothing else', async () => {
    const { tab } = await openStory(browser, '/?story=drill-start');
    await tab.setViewport({ width: 320, height: 640 });
    await untilTitled(tab, 'DRILL – Welcome');
    const screens = {
      waiting: 'waiting',
      joining: 'joining',
      call: 'call',
      'ended-by-counsellor': 'ended',
      'trouble-server-unreachable': 'trouble-server-unreachable',
    };
    for (const [story, screen] of Object.entries(screens)) {
      const { drill: _, ...part } = callerStates[story] as (typeof callerStates)[string];
      await show(tab, part);
      await tab.waitForSelector(`[data-screen=${screen}]`);
      expect(await marked(tab)).toContain('This is a drill.');
      await tab.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      expect(await onTop(tab)).toBe(true);
      expect(await tab.$('a[data-exit]')).not.toBeNull();
    }
    expect(await tab.$eval('[data-drill] [role=status]', (status) => status.textContent)).toContain('practises');
    await tab.close();
  });

  it.each(['drill-start', 'drill-waiting', 'drill-call', 'drill-ended', 'drill-unreachable', 'drill-over'])(
    'is left by whoever needs somebody: %s',
    async (story) => {
      const { tab } = await openStory(browser, `/?story=${story}`);
      await tab.evaluate(() => {
        const kept = (window as unknown as { story: { leaveDrill(): void } }).story;
        const leave = kept.leaveDrill.bind(kept);
        kept.leaveDrill = () => {
          sessionStorage.setItem('left', 'yes');
          leave();
        };
      });
      await Promise.all([tab.waitForNavigation(), tab.click('[data-drill-out]')]);
      expect(await tab.evaluate(() => sessionStorage.getItem('left'))).toBe('yes');
      expect(new URL(tab.url()).hash).toBe('');
      await tab.close();
    },
  );

  it('is marked as none where it is not certain, and leads to the service itself', async () => {
    const { tab } = await openStory(browser, '/?story=drill-start');
    await show(tab, { drill: false, trouble: 'drill-unsure' });
    await tab.waitForSelector('[data-screen=trouble-drill-unsure]');
    await tab.waitForFunction(() => !document.querySelector('[data-drill]'));
    expect(await tab.title()).toBe('Welcome');
    await Promise.all([tab.waitForNavigation(), tab.click('[data-screen] .button--main')]);
    await tab.close();
  });

  it('takes a link that is opened while it is there, but out of no call', async () => {
    const { tab } = await openStory(browser, '/?story=call');
    await tab.evaluate(() => {
      location.hash = '#drill=Zm9yIHRlc3RzIG9ubHk';
    });
    await tab.waitForFunction(() => location.hash === '');
    expect(await screenName(tab)).toBe('call');
    expect(await marked(tab)).toBeUndefined();
    await tab.goto(`${address}/?story=start`);
    await tab.waitForSelector('[data-screen=start]');
    const loaded = tab.waitForNavigation({ waitUntil: 'domcontentloaded' });
    await tab.evaluate(() => {
      location.hash = '#drill=Zm9yIHRlc3RzIG9ubHk';
    });
    await loaded;
    await tab.waitForFunction(() => location.hash === '');
    await tab.close();
  });
});

describe('a desk', () => {
  it('goes to the drill out of the line, is marked on every page, and comes back', async () => {
    const { tab } = await openStory(browser, '/console/?story=drill-open');
    await (await tab.waitForSelector('[data-act=practise]'))?.click();
    await band(tab);
    await tab.waitForFunction(() => document.title.startsWith('DRILL'));
    const did = await asked(tab);
    expect(did.slice(did.indexOf('unavailable'))).toEqual(['unavailable', 'to-the-drill', 'close', 'connect']);
    for (const page of await tab.$$eval('[data-page]', (all) => all.map((one) => (one as HTMLElement).dataset.page))) {
      await tab.click(`[data-page=${page}]`);
      await tab.waitForSelector(`[data-page=${page}][aria-current=page]`);
      expect(await marked(tab)).toContain('DRILL');
      expect(await onTop(tab)).toBe(true);
      expect(await tab.title()).toMatch(/^DRILL/);
    }
    await tab.click('[data-drill-out]');
    await tab.waitForFunction(() => !document.querySelector('[data-drill]'));
    await tab.waitForFunction(() => !document.title.startsWith('DRILL'));
    expect((await asked(tab)).slice(-3)).toEqual(['to-the-line', 'close', 'connect']);
    await tab.close();
  });

  it('rings as a drill', async () => {
    const { tab } = await openStory(browser, '/console/?story=practising-ringing');
    await untilTitled(tab, 'DRILL – Caller waiting – Desk');
    expect(await tab.$eval('.ringing h1', (title) => title.textContent)).toMatch(/^Drill:/);
    await tab.close();
  });

  it('comes back by itself when the drill is over, and says so until it is read', async () => {
    const { tab } = await openStory(browser, '/console/?story=practising-ready');
    await show(tab, { trouble: 'no-drill' });
    await tab.waitForSelector('[data-over=no-drill]');
    expect(await marked(tab)).toBeUndefined();
    expect(await asked(tab)).toContain('to-the-line');
    await tab.click('[data-over] button');
    await tab.waitForFunction(() => !document.querySelector('[data-over]'));
    await tab.close();
  });

  it('shows what opens a drill to supervisors only, and its ticket to nobody else', async () => {
    const counsellor = await openStory(browser, '/console/?story=drill-open');
    await counsellor.tab.waitForSelector('[data-open]');
    expect(await counsellor.tab.$('[data-act=open], [data-act=close], [data-given]')).toBeNull();
    await counsellor.tab.close();

    const { tab } = await openStory(browser, '/console/?story=drill-closed-supervisor');
    await tab.waitForSelector('[data-none]');
    await tab.evaluate(() => document.querySelectorAll<HTMLInputElement>('input[name=minutes]')[2]?.click());
    await tab.click('[data-act=open]');
    await tab.waitForSelector('[data-given=link]');
    expect(await asked(tab)).toContain('drill open 60');
    const given = (id: string) => tab.$eval(`[data-given=${id}]`, (code) => code.textContent ?? '');
    expect(await given('link')).toBe(`${address}/#drill=${await given('ticket')}`);
    expect(await given('command')).toBe(`quietline drill --server ${address} --callers 3`);
    await tab.click('[data-act=close]');
    await (await tab.waitForSelector('[role=alertdialog] .button--quiet'))?.click();
    await tab.waitForSelector('[data-none]');
    expect(await asked(tab)).toContain('drill close');
    await tab.close();
  });
});
