/** The numbers of calls, printed and never asserted: 20 runs in Chromium, changes of who is in a call, what the gateway needs when idle. */
import { test } from 'node:test';
import { changeOf, concealed, keepConnections } from './support/flow.mjs';
import { report } from './support/report.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const RUNS = 20;
const CHANGES = 6;
const SLOW_RUNS = 6;
const IN_CALL_MS = 15_000;

test('the times of 20 calls, and idle memory', async (t) => {
  const scene = await stage(t);
  report('idle memory', { resident_MiB: Math.round(scene.gateway.residentKiB / 102.4) / 10 });
  const desk = await scene.desk();
  const toWaiting = [];
  const toSound = [];
  for (let run = 0; run < RUNS; run++) {
    const caller = await scene.callerPage();
    await caller.joins();
    await desk.rings();
    await caller.page.bringToFront();
    await desk.page.bringToFront();
    await desk.presses('Y');
    await caller.talks();
    const [theirs, ours] = [await caller.moments(), await desk.moments()];
    toWaiting.push(theirs.waiting - theirs.tap);
    toSound.push(theirs['first-frame'] - ours.accept);
    await desk.ends();
    await desk.presses('A');
    await desk.becomes('available');
    await caller.page.close();
  }
  report('tap to waiting', spread(toWaiting));
  report('answer to first decoded audio at the caller', spread(toSound));
});

test('the times in which a clinician comes and goes, and the sound that is made up meanwhile', async (t) => {
  const scene = await stage(t);
  const before = keepConnections;
  const { browser, kind } = scene.counsellorEnd;
  const apart = await browser.createBrowserContext();
  const clinician = await scene.clinician('Rhian', { end: { browser: apart, kind } });
  const { caller, desk } = await callInProgress(scene, { before });
  const stay = [caller, desk];
  const made = async () => (await Promise.all(stay.map(({ page }) => concealed(page)))).reduce((sum, ms) => sum + ms);
  const times = { comes: [], goes: [] };
  const madeUp = { comes: 0, goes: 0 };
  const changed = async (which, people) => {
    await caller.lists(...people);
    const words = await caller.safetyWords();
    await desk.page.waitForFunction(
      (wanted) => document.querySelector('[data-safety-words]')?.textContent.trim() === wanted,
      {},
      words.join(' '),
    );
    times[which].push((await changeOf(...stay)).change_ms);
  };
  for (let round = 0; round < CHANGES; round++) {
    let earlier = await made();
    await desk.acts('join');
    await clinician.becomes('invited');
    await clinician.presses('Y');
    await changed('comes', ['You', 'Sam, counsellor', 'Rhian, clinician']);
    madeUp.comes += (await made()) - earlier;
    earlier = await made();
    await desk.acts('dismiss');
    await desk.confirms();
    await changed('goes', ['You', 'Sam, counsellor']);
    madeUp.goes += (await made()) - earlier;
    await clinician.becomes('wrap_up');
    await clinician.presses('A');
    await clinician.becomes('available');
  }
  for (const [which, milliseconds] of Object.entries(times)) {
    report(`epoch change, a clinician ${which}`, { ...spread(milliseconds), concealed_ms: madeUp[which] });
  }
});

test('the times of the console: a ring, the page on a slow computer, and what holds it up in a call', async (t) => {
  const scene = await stage(t, { between: true });
  const desk = await scene.desk(undefined, { before: watchConsole });
  const offered = [];
  scene.between.fromGateway = (message, line) => {
    if (line.path === '/ws/staff' && message.type === 'state' && message.state.phase === 'ringing')
      offered.push(Date.now());
    return [message];
  };
  const toRing = [];
  for (let run = 0; run < RUNS; run++) {
    const caller = await scene.callerPage();
    await caller.tap();
    await desk.page.bringToFront();
    await desk.rings();
    toRing.push((await desk.moments()).ring - offered[0]);
    offered.length = 0;
    await caller.page.bringToFront();
    await caller.leaves();
    await caller.page.close();
    await desk.becomes('available');
  }
  report('offer to ring on the screen', spread(toRing));

  const slow = await desk.page.createCDPSession();
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const toUsable = [];
  for (let run = 0; run < SLOW_RUNS; run++) {
    await desk.reload();
    await desk.becomes('available');
    toUsable.push(await desk.page.evaluate(() => performance.getEntriesByName('quietline:usable').at(-1).startTime));
  }
  await slow.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  report('console usable, processor slowed 4 times', spread(toUsable));

  const caller = await scene.callerPage();
  await caller.joins();
  await desk.answers();
  await caller.talks();
  await desk.page.bringToFront();
  await desk.page.evaluate(() => {
    window.longTasks = [];
  });
  await desk.writes('We can write as well');
  await caller.reads('We can write as well');
  await desk.presses('M');
  await desk.presses('M');
  await desk.presses('H');
  await new Promise((resolve) => setTimeout(resolve, IN_CALL_MS));
  const tasks = await desk.page.evaluate(() => window.longTasks);
  report('tasks over 50 ms of the console in a call', {
    watched_s: IN_CALL_MS / 1000,
    tasks: tasks.length,
    longest_ms: Math.round(Math.max(0, ...tasks)),
  });
});

/** Runs in the console: marks when the ring is painted and when the desk can be used, and keeps what held the page up. */
function watchConsole() {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longTasks.push(task.duration);
  }).observe({ type: 'longtask', buffered: false });
  const seen = { ring: false, usable: false };
  const look = (moment, there) => {
    if (there && !seen[moment]) requestAnimationFrame(() => setTimeout(() => performance.mark(`quietline:${moment}`)));
    seen[moment] = there;
  };
  new MutationObserver(() => {
    look('ring', document.querySelector('[data-screen="ringing"]') !== null);
    look(
      'usable',
      document.querySelector('[data-key="N"]') !== null && document.querySelector('.chip--available') !== null,
    );
  }).observe(document, { childList: true, subtree: true, attributes: true });
}

function spread(milliseconds) {
  const sorted = milliseconds.map(Math.round).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  return { runs: sorted.length, median_ms: at(0.5), p90_ms: at(0.9), worst_ms: sorted.at(-1) };
}
