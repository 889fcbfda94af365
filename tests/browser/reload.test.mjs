/** A page that is reloaded in a call comes back to the same person. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearOneAnotherBriefly } from './support/conversation.mjs';
import { sameSafetyWords } from './support/pages.mjs';
import { report } from './support/report.mjs';
import { callInProgress, stage } from './support/stage.mjs';

test('a caller who reloads is back with the same counsellor, and both are heard', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);
  const before = await sameSafetyWords(caller, desk);

  const began = performance.now();
  await caller.reload();
  await caller.talks();
  report('reload', { who: 'caller', back_ms: Math.round(performance.now() - began) });

  assert.deepEqual(await caller.people(), ['You', 'Sam, counsellor']);
  assert.notDeepEqual(await sameSafetyWords(caller, desk), before, 'a new epoch has new words');
  await hearOneAnotherBriefly('after the caller reloaded', scene.callerEnd.person, scene.counsellorEnd.person);
});

test('a counsellor who reloads is back with the same caller, and both are heard', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);

  const began = performance.now();
  await desk.reload();
  await desk.becomes('on_call');
  // The words come last: both have the new keys.
  await sameSafetyWords(desk, caller);
  report('reload', { who: 'counsellor', back_ms: Math.round(performance.now() - began) });

  await hearOneAnotherBriefly('after the counsellor reloaded', scene.callerEnd.person, scene.counsellorEnd.person);
  assert.deepEqual(await caller.people(), ['You', 'Sam, counsellor']);
});
