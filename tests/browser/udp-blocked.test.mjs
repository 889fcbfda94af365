/** A network that lets no UDP through: the call goes over TCP on the same port number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearOneAnotherBriefly } from './support/conversation.mjs';
import { callInProgress, stage } from './support/stage.mjs';

for (const [caller, counsellor] of /** @type {const} */ ([
  ['chromium', 'chromium'],
  ['firefox', 'chromium'],
  ['chromium', 'firefox'],
])) {
  test(`${caller} calls ${counsellor} where UDP is blocked`, async (t) => {
    const scene = await stage(t, { caller, counsellor, between: true });
    const path = await scene.between.carryMedia();
    path.udp = false;
    await callInProgress(scene);
    assert.ok(path.counted.tcp >= 2, 'both legs are TCP connections');
    const people = [scene.callerEnd.person, scene.counsellorEnd.person];
    await hearOneAnotherBriefly(`${caller} to ${counsellor}, TCP`, ...people);
  });
}
