/** Connections are lost and come back; the call does not end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearOneAnotherBriefly } from './support/conversation.mjs';
import { sameSafetyWords } from './support/pages.mjs';
import { until } from './support/processes.mjs';
import { report } from './support/report.mjs';
import { callInProgress, stage } from './support/stage.mjs';

test('a network that is gone for a while interrupts the call and does not end it', async (t) => {
  const scene = await stage(t, { between: true });
  await scene.between.carryMedia();
  const { caller, desk } = await callInProgress(scene);
  scene.between.cut();
  await caller.says('The connection is lost for the moment');
  scene.between.restore();
  await caller.page.waitForFunction(() => !document.body.innerText.includes('The connection is lost'));
  await desk.page.waitForSelector('[data-link="up"]');
  await hearOneAnotherBriefly('after the network was gone', scene.callerEnd.person, scene.counsellorEnd.person);
});

for (const caller of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`a network that changes under ${caller} and its counsellor leaves them in the call`, async (t) => {
    const scene = await stage(t, { caller, between: true });
    const paths = await scene.between.carryMediaApart();
    // A TCP connection ends with its network, and that is another journey.
    for (const path of Object.values(paths)) path.tcp = false;
    const call = await callInProgress(scene);
    const words = await sameSafetyWords(call.caller, call.desk);
    for (const [who, path] of Object.entries(paths)) {
      for (const change of /** @type {const} */ (['strand', 'rebind'])) {
        const times = path[change]();
        await until(
          `sound of the ${who} after ${change}`,
          () => times.sent_ms !== undefined && times.heard_ms !== undefined,
        );
        report('network change', { browser: scene[`${who}End`].kind, who, change, ...times });
      }
    }
    await hearOneAnotherBriefly(`after ${caller} changed networks`, scene.callerEnd.person, scene.counsellorEnd.person);
    assert.deepEqual(await sameSafetyWords(call.caller, call.desk), words, 'it is the same call in the same epoch');
    assert.deepEqual(call.caller.complaints, []);
  });
}

test('a gateway that is restarted interrupts the call and does not end it', async (t) => {
  const scene = await stage(t, { between: true });
  const paths = await scene.between.carryMediaApart();
  const { caller, desk } = await callInProgress(scene);
  await scene.gateway.stop();
  await caller.says('The connection is lost for the moment');
  await scene.gateway.start();
  const heard = Object.entries(paths).map(([who, path]) => ({ who, times: path.watch() }));
  for (const { who, times } of heard) {
    await until(`sound for the ${who} after the restart`, () => times.heard_ms !== undefined);
    report('restart', { who, heard_ms: times.heard_ms });
  }
  await caller.page.waitForFunction(() => !document.body.innerText.includes('The connection is lost'));
  await desk.page.waitForSelector('[data-link="up"]');
  await hearOneAnotherBriefly('after a restart', scene.callerEnd.person, scene.counsellorEnd.person);
});

test('a gateway that is killed loses neither the caller nor the place', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);
  await scene.gateway.kill();
  await caller.says('The connection is lost for the moment');
  await scene.gateway.start();
  await desk.page.waitForSelector('[data-link="up"]');
  await caller.page.waitForFunction(() => !document.body.innerText.includes('The connection is lost'));
  await caller.shows('call');
  await desk.becomes('on_call');
});
