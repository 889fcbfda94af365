/** The numbers of one call, printed and never asserted: 20 runs in Chromium, and what the gateway needs when idle. */
import { test } from 'node:test';
import { report } from './support/report.mjs';
import { stage } from './support/stage.mjs';

const RUNS = 20;

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

function spread(milliseconds) {
  const sorted = milliseconds.map(Math.round).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  return { runs: sorted.length, median_ms: at(0.5), p90_ms: at(0.9), worst_ms: sorted.at(-1) };
}
