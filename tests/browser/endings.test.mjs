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

for (const caller of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`exit this page in ${caller} ends the call at once, leaves nothing behind and no way back to it`, async (t) => {
    // An address of our own stands for the harmless page, so that no test leaves this machine.
    const scene = await stage(t, { caller, between: true, exit: '/icon.svg' });
    const call = await callInProgress(scene, { from: `${scene.origin}/nowhere` });
    const { page } = call.caller;
    const before = await page.evaluate(() => history.length);
    await page.click('[data-exit]');
    await call.desk.becomes('wrap_up');
    await page.waitForFunction(() => location.pathname === '/icon.svg');
    const left = await page.evaluate(async () => ({
      stored: sessionStorage.length + localStorage.length,
      databases: (await indexedDB.databases()).length,
      history: history.length,
    }));
    assert.deepEqual(
      left,
      { stored: 0, databases: 0, history: before },
      'the harmless page is in the place of the call',
    );
    assert.deepEqual(await scene.callerEnd.browser.cookies(), []);
    await page.evaluate(() => void setTimeout(() => history.back()));
    await page.waitForFunction(() => location.pathname === '/nowhere');
    await page.evaluate(() => void setTimeout(() => history.forward()));
    await page.waitForFunction(() => location.pathname === '/icon.svg');
  });
}
