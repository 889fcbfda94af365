/** The main job: two people talk through `quietline serve`, and hear each other well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearEachOther, hearOneAnother } from './support/conversation.mjs';
import { sameSafetyWords } from './support/pages.mjs';
import { callInProgress, stage } from './support/stage.mjs';

for (const [caller, counsellor] of /** @type {const} */ ([
  ['chromium', 'chromium'],
  ['firefox', 'chromium'],
  ['chromium', 'firefox'],
])) {
  test(`${caller} calls ${counsellor}, and both are heard, one by one and at once`, async (t) => {
    const scene = await stage(t, { caller, counsellor });
    const call = await callInProgress(scene);
    assert.deepEqual(await call.caller.people(), ['You', 'Sam, counsellor']);
    await sameSafetyWords(call.caller, call.desk);
    const people = [scene.callerEnd.person, scene.counsellorEnd.person];
    await hearOneAnother(`${caller} to ${counsellor}, UDP`, ...people);
    await hearEachOther(`${caller} to ${counsellor}, UDP`, ...people);
    await call.caller.leaves();
    await call.desk.becomes('wrap_up');
    assert.deepEqual(call.caller.complaints, []);
    assert.deepEqual(call.desk.complaints, []);
  });
}
