/** The native client answers callers in both browsers, over both of its carriers, and each hears the other well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearOneAnother } from './support/conversation.mjs';
import { NativeCounsellor } from './support/native.mjs';
import { stage } from './support/stage.mjs';

for (const [caller, carrier] of /** @type {const} */ ([
  ['chromium', 'webrtc'],
  ['firefox', 'shared'],
])) {
  test(`${caller} calls a native counsellor (${carrier}), and both are heard`, async (t) => {
    const scene = await stage(t, { caller, alone: true });
    const counsellor = await NativeCounsellor.enrol(scene.gateway, { carrier });
    t.after(() => counsellor.close());
    const page = await scene.callerPage();
    await page.joins();
    await counsellor.answers();
    await page.talks();
    assert.deepEqual(await page.people(), ['You', 'Sam, counsellor']);
    assert.deepEqual(await counsellor.people(), ['me', 'caller']);
    assert.deepEqual(await page.safetyWords(), await counsellor.safetyWords());
    await hearOneAnother(`${caller} to native, UDP`, scene.callerEnd.person, counsellor);
    await page.leaves();
    await counsellor.tells((line) => line.event === 'WrapUp');
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(counsellor.complaints, []);
  });
}
