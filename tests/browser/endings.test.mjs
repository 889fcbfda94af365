/** How calls end: each side is told, nobody rings for someone who has gone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callInProgress, stage } from './support/stage.mjs';

test('a caller who leaves while it rings stops the ring', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.rings();
  await caller.leaves();
  await desk.becomes('available');
});

test('a caller who closes the page while it rings does not lose the counsellor to a dead line', async (t) => {
  const scene = await stage(t, { environment: { QUIETLINE_CALLS_HOLD_S: '1', QUIETLINE_CALLS_TIMEOUT_S: '4' } });
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.rings();
  await caller.page.close();
  await desk.becomes('available');
});

test('a counsellor who passes stays out of the call, and the caller keeps the place', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.rings();
  await desk.presses('P');
  await caller.shows('waiting');
});

test('a counsellor ends the call, wraps up, and is ready for the next', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);
  await desk.ends();
  await caller.shows('ended');
  await caller.says('The call with Sam has ended');
  await desk.presses('A');
  await desk.becomes('available');
  assert.deepEqual(desk.complaints, []);
});

test('exit this page ends the call at once and leaves nothing behind', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);
  const { page } = caller;
  // The harmless page is on the open internet; here its address is enough.
  await page.setRequestInterception(true);
  page.on('request', (request) => {
    const elsewhere = !request.url().startsWith(scene.origin);
    if (elsewhere) request.respond({ contentType: 'text/html', body: '<title>Weather</title>' });
    else request.continue();
  });
  await page.click('[data-exit]');
  await desk.becomes('wrap_up');
  await page.waitForFunction(() => document.title === 'Weather');
  await page.goto(`${scene.origin}/icon.svg`);
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
});
