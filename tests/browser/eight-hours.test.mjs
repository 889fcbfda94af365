/**
 * Eight hours of a shift as fast as they go: real calls, rings that end before they are answered, what changes on the line, a board
 * for each second. What the desk and the wallboard hold stays flat. It takes longer than all other journeys, so it is run where
 * `QUIETLINE_SHIFT_HOURS` says how many hours; the same with a fake desk is among the pages' tests.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grown, told, watchMemory } from '../../web/stories/memory.mjs';
import { report } from './support/report.mjs';
import { nothingWrong, signIn } from './support/shift.mjs';
import { stage } from './support/stage.mjs';

const HOURS = Number(process.env.QUIETLINE_SHIFT_HOURS ?? 2);
/** A round is a quarter of an hour. */
const ROUNDS = HOURS * 4;
const ROUND_S = 900;
const RINGS = 2;
/** Messages in each call, of both together. */
const MESSAGES = 8;
const CHANGES = 150;
/**
 * Chromium 156 keeps some of the RTCPeerConnections that are closed while they look for addresses, as that of a ring that ends at once:
 * of twenty in an empty page, each closed up to 10 ms after setLocalDescription, two were there after each collection.
 */
const KEPT_BY_CHROMIUM = { RTCPeerConnections: Math.ceil((ROUNDS * (RINGS + 1)) / 5) };

test(`${HOURS} hours of calls leave nothing behind in a desk and a wallboard`, {
  skip: !process.env.QUIETLINE_SHIFT_HOURS && 'QUIETLINE_SHIFT_HOURS is not set',
  timeout: ROUNDS * 60_000,
}, async (t) => {
  const environment = { QUIETLINE_LIMITS_MESSAGES_PER_SECOND: '1000', QUIETLINE_LIMITS_JOINS_PER_MINUTE: '10000' };
  const scene = await stage(t, { between: true, environment });
  const lines = followStaff(scene.between);
  const desk = await scene.desk();
  const tom = await signIn(scene, 'supervisor', 'Tom');
  await tom.goesTo('wallboard');
  await tom.page.waitForSelector('.uplot');
  const caller = await scene.callerPage();
  await fillHour(lines, tom);
  const watched = { desk: await watchMemory(desk.page), wallboard: await watchMemory(tom.page) };
  const samples = { desk: [], wallboard: [] };
  await desk.page.bringToFront();
  for (let round = 0; round < ROUNDS; round++) {
    for (let ring = 0; ring < RINGS; ring++) await ringsOff(caller, desk);
    await talk(caller, desk, round);
    await changeLine(lines.counsellor, desk, round);
    await showBoards(lines, tom);
    for (const [name, measure] of Object.entries(watched)) samples[name].push(await measure());
  }
  for (const [name, measured] of Object.entries(samples)) {
    report(`memory over ${HOURS} hours, ${name}`, { rounds: ROUNDS, ...flattened(told(measured)) });
    assert.deepEqual(grown(measured, KEPT_BY_CHROMIUM), [], `${name}: ${JSON.stringify(measured)}`);
  }
  nothingWrong(caller, desk, tom);
});

/** The WebSockets of those who work, by role. The boards of the service itself are kept back: ours are hours ahead of them. */
function followStaff(between) {
  const lines = { board: undefined };
  between.fromGateway = (message, line) => {
    if (message.type === 'welcome' && line.path === '/ws/staff') lines[message.role] = line;
    if (message.type === 'shift' && message.answer.answer === 'watching') lines.board = message.answer.board;
    return message.type === 'wallboard' ? [] : [message];
  };
  return lines;
}

/** Presses what a selector finds, and waits: without a hold on anything of the page, because what is held cannot go. */
async function click(page, selector) {
  await there(page, selector);
  await page.evaluate((wanted) => document.querySelector(wanted).click(), selector);
}

async function there(page, selector) {
  await page
    .waitForFunction((wanted) => document.querySelector(wanted) !== null, { polling: 20 }, selector)
    .catch(async (error) => {
      const text = await page.evaluate(() => document.body.innerText);
      throw new Error(`${selector} was awaited, but the page says: ${text}`, { cause: error });
    });
}

/** Joins, as one who comes or one who comes again. */
const joins = ({ page }) => click(page, '[data-talk], [data-screen="ended"] .button--main');

async function leaves({ page }) {
  await click(page, '[data-leave]');
  // In a call there is a question before it.
  await there(page, '[data-screen="ended"], [role="alertdialog"]');
  await page.evaluate(() => document.querySelector('[role="alertdialog"] .button--quiet')?.click());
  await there(page, '[data-screen="ended"]');
}

async function ringsOff(caller, desk) {
  await joins(caller);
  await there(desk.page, '.chip--ringing');
  await leaves(caller);
  await there(desk.page, '.chip--available');
}

async function talk(caller, desk, round) {
  await joins(caller);
  await there(desk.page, '.chip--ringing');
  await desk.page.keyboard.press('y');
  await there(caller.page, '[data-hearing="true"]');
  for (let message = 0; message < MESSAGES; message++) {
    const [from, to] = message % 2 === 0 ? [caller, desk] : [desk, caller];
    await write(from.page, to.page, `message ${message} of round ${round}`);
  }
  await leaves(caller);
  await there(desk.page, '.chip--wrap_up');
  await desk.page.evaluate(() => document.activeElement.blur());
  await desk.page.keyboard.press(round % 4 === 3 ? 'k' : 'a');
  if (round % 4 === 3) {
    await there(desk.page, '.chip--paused');
    await desk.page.keyboard.press('a');
  }
  await there(desk.page, '.chip--available');
}

async function write(from, to, text) {
  await there(from, '#write-field');
  await from.evaluate(async (words) => {
    const field = document.getElementById('write-field');
    field.value = words;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((drawn) => setTimeout(drawn));
    field.form.requestSubmit();
  }, text);
  await to.waitForFunction(
    (words) => document.querySelector('[data-written]')?.textContent.includes(words),
    { polling: 20 },
    text,
  );
}

/** Others wait and are answered elsewhere. */
async function changeLine(line, desk, round) {
  for (let change = 0; change < CHANGES; change++) {
    line.toPage({
      type: 'state',
      state: { phase: 'available' },
      queue: { waiting: change % 4, longest_wait_s: (round * CHANGES + change) % 600 },
    });
  }
  line.toPage({ type: 'state', state: { phase: 'available' }, queue: { waiting: 0, longest_wait_s: 0 } });
  await desk.says('Nobody is waiting.');
}

/** A board for each minute of an hour: from then on there are as many as the page shows. */
async function fillHour(lines, tom) {
  const { board } = lines;
  const begin = board.now + 60_000 - (board.now % 60_000);
  for (let minute = 0; minute < 60; minute++) tell(lines, begin + minute * 60_000, minute);
  lines.now = begin + 59 * 60_000;
  await there(tom.page, `[data-board="${lines.now}"]`);
}

/** A board for each second, and help that is asked for now and then. */
async function showBoards(lines, tom) {
  const { supervisor } = lines;
  for (let second = 0; second < ROUND_S; second++) {
    lines.now += 1000;
    tell(lines, lines.now, second);
    if (second % 300 === 100) {
      const asks = {
        call: String(lines.now).padStart(32, '0'),
        name: 'Sam',
        since_s: 0,
        helper: null,
        escalated: false,
      };
      supervisor.toPage({ type: 'help', calls: [asks] });
      supervisor.toPage({ type: 'help', calls: [] });
    }
    // In bursts that a page takes as they come.
    if (second % 100 === 99) await there(tom.page, `[data-board="${lines.now}"]`);
  }
}

function tell({ supervisor, board }, now, number) {
  const waiting = number % 5;
  const people = board.people.map((one, at) => ({
    ...one,
    doing: ['available', 'ringing', 'on_call', 'wrap_up'][(number + at) % 4],
    since: now,
  }));
  const minute = { ...board.minute, at: now - (now % 60_000), waiting, answered: number % 60 };
  const oldest = waiting === 0 ? null : now - 7000;
  supervisor.toPage({ type: 'wallboard', board: { ...board, now, waiting, oldest, people, minute } });
}

const flattened = ({ second_quarter, last_quarter }) =>
  Object.fromEntries(
    Object.keys(second_quarter).map((name) => [name, `${second_quarter[name]} to ${last_quarter[name]}`]),
  );
