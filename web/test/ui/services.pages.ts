/** The directory of services in a real browser: searched by keyboard without the service, kept without losing what somebody wrote. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, openStory, untilAsked } from './browser';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

interface Story {
  directory: { asked: object[]; next: object | undefined };
}
const asked = (tab: Page) => tab.evaluate(() => (window as unknown as { story: Story }).story.directory.asked);
const answerNext = (tab: Page, answer: object) =>
  tab.evaluate((next) => {
    (window as unknown as { story: Story }).story.directory.next = next;
  }, answer);
const names = (tab: Page) =>
  tab.$$eval('[data-service]', (rows) => rows.map((row) => (row as HTMLElement).dataset.service));
const said = (tab: Page, text: string) =>
  tab.waitForFunction((wanted) => document.body.innerText.includes(wanted), {}, text);

describe('the directory at a desk', () => {
  it('is searched and read by keyboard alone', async () => {
    const { tab } = await openStory(browser, '/console/?story=directory');
    await tab.waitForSelector('[data-service=Samaritans] .service');
    await tab.focus('#look');
    await tab.keyboard.type('samartians');
    await tab.waitForFunction(() => document.querySelectorAll('[data-service]').length === 1);
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    const link = await tab.waitForSelector('[data-service=Samaritans] .service a[href^="tel:"]');
    expect(await link?.evaluate((element) => element.getAttribute('href'))).toBe('tel:116123');
    const web = await tab.$eval('.service a[href^="https:"]', (element) => element.getAttribute('rel'));
    expect(web).toContain('noreferrer');
    await tab.keyboard.press('Escape');
    await tab.waitForFunction(() => document.activeElement?.id === 'look');
    await tab.keyboard.press('Escape');
    await tab.waitForFunction(() => document.querySelectorAll('[data-service]').length === 4);
    await tab.close();
  });

  it('is searched without a connection, as it was kept, and says what is out of date', async () => {
    const { tab } = await openStory(browser, '/console/?story=directory-offline');
    await tab.waitForSelector('#look');
    await said(tab, 'as it was kept on this computer');
    await tab.type('#look', 'galar');
    await tab.waitForFunction(() => document.querySelectorAll('[data-service]').length === 1);
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await said(tab, 'its review was due on 3 May 2024');
    await tab.close();
  });
});

describe('a card of a service', () => {
  it('is sent from beside the call, and says whether the caller has it', async () => {
    const { tab } = await openStory(browser, '/console/?story=call');
    await tab.click('.services-in-call summary');
    await tab.waitForSelector('#look');
    await tab.type('#look', 'galar');
    await tab.waitForFunction(() => document.querySelectorAll('[data-service]').length === 1);
    await tab.keyboard.press('ArrowDown');
    await tab.keyboard.press('Enter');
    await (await tab.waitForSelector('[data-act=send-card]'))?.click();
    await tab.waitForSelector('[data-sent=arrived]');
    await untilAsked(tab, ['connect', 'card Cruse Bereavement Support']);
    await tab.evaluate(() => {
      (window as unknown as { story: { refuses: string } }).story.refuses = 'lost';
    });
    await tab.click('[data-act=send-card]');
    await tab.waitForSelector('[data-sent=failed]');
    await tab.close();
  });

  it('says on the caller’s page what opening it leaves behind, and can be put away', async () => {
    const { tab } = await openStory(browser, '/?story=call-written');
    const link = await tab.waitForSelector('[data-card] a[href^="https:"]');
    const is = await link?.evaluate((element) => [
      element.getAttribute('href'),
      element.getAttribute('rel'),
      document.getElementById(element.getAttribute('aria-describedby') ?? '')?.innerText,
    ]);
    expect(is?.slice(0, 2)).toEqual(['https://www.policecare.org.uk', 'noopener noreferrer']);
    expect(is?.[2]).toContain('stays in this device’s history');
    expect(await tab.$('[data-card] a[href^="tel:"]')).not.toBeNull();
    await tab.click('[data-act=put-away]');
    await tab.waitForSelector('[data-card=away]');
    expect(await tab.$('[data-card] a')).toBeNull();
    await tab.close();
  });
});

describe('the directory as it is kept', () => {
  it('shows what is due for a review first', async () => {
    const { tab } = await openStory(browser, '/console/?story=keep');
    await tab.waitForSelector('.keep-row');
    expect((await names(tab)).slice(0, 2)).toEqual(['Cruse Bereavement Support', 'CALM']);
    await tab.select('#keep-show', 'retired');
    await tab.waitForFunction(() => document.querySelectorAll('.keep-row').length === 1);
    await tab.close();
  });

  it('says at the field what is wrong, and keeps what was written when somebody else was first', async () => {
    const { tab } = await openStory(browser, '/console/?story=keep-edit');
    await tab.waitForSelector('#service-hours');
    await answerNext(tab, { answer: 'flawed', flaws: [{ row: null, field: 'web', what: { is: 'no_address' } }] });
    await tab.type('#service-hours', 'At night');
    await tab.keyboard.press('Enter');
    await tab.waitForFunction(() => document.activeElement?.id === 'service-web');
    expect(await tab.$eval('#service-web', (field) => field.getAttribute('aria-invalid'))).toBe('true');

    const theirs = {
      service: '1'.repeat(32),
      version: 7,
      retired: false,
      details: {
        ...((await asked(tab))[0] as { details: object }).details,
        hours: 'Every day',
      },
    };
    await answerNext(tab, { answer: 'stale', entry: theirs });
    await tab.keyboard.press('Enter');
    await tab.waitForSelector('[data-stale]');
    expect(await tab.$eval('#service-hours', (field) => (field as HTMLInputElement).value)).toBe('At night');
    await tab.click('form.edit > .buttons button[type=submit]');
    await said(tab, 'CALM is kept');
    const last = (await asked(tab)).at(-1) as { ask: string; based_on: number; details: { hours: string } };
    expect([last.ask, last.based_on, last.details.hours]).toEqual(['change', 7, 'At night']);
    await tab.close();
  });

  it('takes a table in only after it has said what that would do, and names each row that is wrong', async () => {
    const { tab } = await openStory(browser, '/console/?story=keep');
    await tab.waitForSelector('#table');
    const file = join(tmpdir(), `services-${process.pid}.csv`);
    await writeFile(file, 'name,purpose\r\n');
    await answerNext(tab, {
      answer: 'report',
      added: 0,
      changed: 0,
      unchanged: 0,
      flaws: [{ row: 3, field: 'phone', what: { is: 'no_number' } }],
    });
    const input = (await tab.$('#table')) as ElementHandle<HTMLInputElement>;
    await input.uploadFile(file);
    await said(tab, 'Row 3, Telephone: Not a number to dial');
    await input.uploadFile(file);
    await tab.waitForSelector('[data-report=good]');
    await said(tab, 'This adds one, changes one, and leaves two as they are');
    await tab.click('[data-act=import]');
    await said(tab, 'Taken in: one added, one changed');
    const trials = (await asked(tab)).map((ask) => (ask as { trial?: boolean }).trial);
    expect(trials).toEqual([true, true, false]);
    await tab.close();
  });
});
