/**
 * The console over many shifts, as fast as it goes: hundreds of calls, thousands of messages and boards, through the real
 * screens with a fake desk behind them. What the page holds does not grow. `QUIETLINE_SHIFT_CALLS` names another number of calls.
 */
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { consoleStates } from '../../stories/console-states';
import { grown, type Held, told, watchMemory } from '../../stories/memory.mjs';
import { openBrowser, openStory } from './browser';

const CALLS = Number(process.env.QUIETLINE_SHIFT_CALLS ?? 320);
const BOARDS = CALLS * 4;
const SAMPLES = 16;
const PATIENCE_MS = 60_000 + CALLS * 200;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Does a share of the work, measures, and so on. */
async function measured(tab: Page, work: (part: number) => Promise<void>): Promise<Held[]> {
  const measure = await watchMemory(tab);
  const samples: Held[] = [];
  for (let part = 0; part < SAMPLES; part++) {
    await work(part);
    samples.push(await measure());
  }
  return samples;
}

it(`${CALLS} calls and all pages between them leave nothing behind in a counsellor’s console`, {
  timeout: PATIENCE_MS,
}, async () => {
  const { tab, complaints } = await openStory(browser, '/console/?story=available');
  const { ringing, call, 'wrap-up': wrapUp, available } = consoleStates;
  const samples = await measured(tab, async (part) => {
    await tab.evaluate(workCalls, { ringing, call, wrapUp, available }, CALLS / SAMPLES, part * CALLS);
    for (const page of ['follow_ups', 'rota', 'directory', 'desk']) await visit(tab, page);
  });
  process.stdout.write(`${CALLS} calls: ${JSON.stringify(told(samples))}\n`);
  expect(grown(samples)).toEqual([]);
  expect(complaints).toEqual([]);
  await tab.close();
});

it(`${BOARDS} boards, and help that is asked for meanwhile, leave nothing behind in a supervisor’s`, {
  timeout: PATIENCE_MS,
}, async () => {
  const { tab, complaints } = await openStory(browser, '/console/?story=wallboard');
  // Waited for without a handle, here and below: what a test holds on to cannot go.
  await tab.waitForFunction(() => document.querySelector('.uplot') !== null);
  const samples = await measured(tab, async (part) => {
    await visit(tab, 'figures');
    await visit(tab, 'triage');
    await visit(tab, 'wallboard');
    await tab.waitForFunction(() => document.querySelector('.uplot') !== null);
    await tab.evaluate(showBoards, BOARDS / SAMPLES, part);
  });
  process.stdout.write(`${BOARDS} boards: ${JSON.stringify(told(samples))}\n`);
  expect(grown(samples)).toEqual([]);
  expect(complaints).toEqual([]);
  await tab.close();
});

/** Opens a page without holding anything of it: what a test holds cannot go. */
async function visit(tab: Page, page: string): Promise<void> {
  await tab.evaluate((id) => document.querySelector<HTMLElement>(`[data-page="${id}"]`)?.click(), page);
  await tab.waitForFunction(
    (id) => document.querySelector(`[data-page="${id}"][aria-current=page]`) !== null,
    {},
    page,
  );
  await tab.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50))));
}

/** Runs in the page. */
async function workCalls(views: Record<string, object | undefined>, calls: number, from: number): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: the story's fake, seen from outside
  const { story } = window as any;
  const id = (number: number): string => number.toString(16).padStart(32, '0');
  const drawn = (): Promise<unknown> => new Promise((done) => requestAnimationFrame(done));
  // biome-ignore lint/suspicious/noExplicitAny: views of the stories, as they are
  const { ringing, call, wrapUp, available } = views as any;
  for (let number = from; number < from + calls; number++) {
    const queue = { waiting: number % 5, longest_wait_s: number % 300 };
    const state = { ...ringing.state, offer: { ...ringing.state.offer, id: id(number), call: id(number) } };
    story.show({ ...ringing, state, queue });
    await drawn();
    if (number % 3 === 0) {
      story.show({ ...available, queue });
      await Promise.resolve();
      continue;
    }
    const lines: object[] = [];
    const written = { ...call.conversation, open: true };
    for (let message = 0; message < 8; message++) {
      const by = message % 2 === 0 ? { role: 'caller' } : undefined;
      const content = { kind: 'text', text: `message ${message} of call ${number}` };
      lines.push({ key: `${number} ${message}`, by, content, at: 0, state: by ? 'came' : 'arrived', missing: [] });
      story.show({
        ...call,
        state: { ...call.state, call: { ...call.state.call, id: id(number) } },
        conversation: { ...written, lines: [...lines] },
        queue,
        quality: message % 3 === 0 ? 'gaps-here' : 'good',
      });
      await Promise.resolve();
    }
    await drawn();
    story.show({ ...wrapUp, state: { ...wrapUp.state, call: id(number) }, queue });
    await Promise.resolve();
    story.show({ ...available, queue });
    await Promise.resolve();
    story.asked.length = 0;
  }
  await drawn();
}

/** Runs in the page: a board a second, the minutes with them, and each minute somebody who asks for help. */
async function showBoards(boards: number, part: number): Promise<void> {
  // biome-ignore lint/suspicious/noExplicitAny: the story's fake, seen from outside
  const { story } = window as any;
  const { board } = (await story.shift({ ask: 'watch', on: true })) as { board: import('../../src/proto').Board };
  for (let number = 0; number < boards; number++) {
    const second = part * boards + number;
    const now = board.now + second * 1000;
    const at = now - (now % 60_000);
    const people = board.people.map((one, index) => ({
      ...one,
      doing: (['available', 'ringing', 'on_call', 'wrap_up'] as const)[(second + index) % 4] ?? one.doing,
      since: now,
    }));
    const waiting = second % 7;
    const minute = { ...board.minute, at, waiting, answered: second % 60 };
    const oldest = waiting === 0 ? null : now - 5000;
    const asks = { call: String(second).padStart(32, '0'), name: 'Sam', since_s: 1, helper: null, escalated: false };
    story.show({ board: { ...board, now, waiting, oldest, people, minute }, help: second % 60 === 30 ? [asks] : [] });
    if (second % 4 === 0) await new Promise((done) => requestAnimationFrame(done));
    else await Promise.resolve();
  }
}
