/** More than two in a call: help in silence, advice beside it, an announced join, a hand-over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hearing } from './support/conversation.mjs';
import { changeOf, concealed, keepConnections } from './support/flow.mjs';
import { sameSafetyWords } from './support/pages.mjs';
import { report } from './support/report.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const before = keepConnections;
const AWAY = 'Sam is talking with a colleague for a moment. Neither of them hears you';

/** Does something that changes who is in the call, and tells what it cost those who stay: `at` is where each hears the other. */
async function measured(what, pages, at, change) {
  const earlier = await Promise.all(pages.map(({ page }, i) => concealed(page, at[i])));
  await change();
  const took = await changeOf(...pages);
  const later = await Promise.all(pages.map(({ page }, i) => concealed(page, at[i])));
  report('epoch change', { what, ...took, concealed_ms: later.map((ms, i) => ms - earlier[i]) });
}

/** Nothing of the text was heard: what was may be silence or the waiting tone. Speech that was understood is alike by 0.15 and more, on a busy machine. */
function notHeard({ likeness }, what) {
  assert.ok(likeness < 0.1, `${what}: ${likeness}`);
}

test('a clinician joins announced while the caller speaks, all hear each other, and who has handed over hears nothing more', async (t) => {
  const scene = await stage(t, { clinician: 'chromium' });
  const { caller, desk } = await callInProgress(scene, { before });
  const clinician = await scene.clinician('Rhian', { before });
  const [person, sam, rhian] = [scene.callerEnd, scene.counsellorEnd, scene.clinicianEnd].map((end) => end.person);

  await desk.acts('join');
  await clinician.becomes('invited');
  const joining = () =>
    measured('joined', [caller, desk], [0, 0], async () => {
      await clinician.comes();
      await caller.lists('You', 'Sam, counsellor', 'Rhian, clinician');
      await clinician.lists('Sam, counsellor', 'The caller', 'Rhian (you), clinician');
      await sameSafetyWords(caller, clinician);
      await sameSafetyWords(caller, desk);
    });
  await hearing('the caller speaks, a clinician joins', person, { counsellor: sam }, { during: joining });
  await hearing('the clinician speaks to both', rhian, { caller: person, counsellor: sam });

  const handingOver = () =>
    measured('left', [caller, clinician], [1, 0], async () => {
      await desk.acts('hand-over');
      await desk.confirms();
      await desk.becomes('wrap_up');
      await caller.lists('You', 'Rhian, clinician');
      await sameSafetyWords(caller, clinician);
    });
  const more = { during: handingOver, deaf: sam };
  const heard = await hearing('the caller speaks, the call is handed over', person, { clinician: rhian }, more);
  notHeard(heard, 'who has handed over hears nothing');

  await clinician.ends();
  await caller.shows('ended');
  for (const page of [caller, desk, clinician]) assert.deepEqual(page.complaints, []);
});

test('help is asked for in silence, advice is given beside a call in Firefox, and the adviser is brought in and leaves', async (t) => {
  const scene = await stage(t, { caller: 'firefox' });
  // A clinician whose tab shares the counsellor's ears; here only what the caller hears is listened to.
  const { browser, kind } = scene.counsellorEnd;
  const apart = await browser.createBrowserContext();
  const clinician = await scene.clinician('Rhian', { end: { browser: apart, kind } });
  const { caller, desk } = await callInProgress(scene);
  await sameSafetyWords(caller, desk);

  const shown = await caller.text();
  await desk.clicksOn('[data-key="H"]');
  await clinician.says('I will see to Sam');
  await clinician.clicks('I will see to Sam');
  await desk.says('Rhian, clinician, sees to it.');
  assert.equal(await caller.text(), shown, 'the caller notices nothing');

  await desk.acts('consult');
  await clinician.comes();
  await clinician.shows('consulted');
  await desk.shows('consulting');
  await caller.says(AWAY);
  await desk.lists('Sam (you), counsellor', 'Rhian, clinician');
  await clinician.lists('Sam, counsellor', 'Rhian (you), clinician');
  for (const { page } of [desk, clinician]) await page.waitForSelector('[data-hearing="true"]');
  await sameSafetyWords(desk, clinician);
  assert.deepEqual(await caller.people(), ['You', 'Sam, counsellor (talking with a colleague)']);
  const heard = await hearing('beside the call', scene.counsellorEnd.person, {}, { deaf: scene.callerEnd.person });
  notHeard(heard, 'the caller hears nothing of it');

  await desk.acts('bring-in');
  await clinician.becomes('on_call');
  await caller.lists('You', 'Sam, counsellor', 'Rhian, clinician');
  await sameSafetyWords(caller, clinician);
  await clinician.says('Good: the caller is heard');
  await desk.acts('dismiss');
  await desk.confirms();
  await clinician.becomes('wrap_up');
  await caller.lists('You', 'Sam, counsellor');
  await sameSafetyWords(caller, desk);
  await caller.leaves();
  await desk.becomes('wrap_up');
  for (const page of [caller, desk, clinician]) assert.deepEqual(page.complaints, []);
});
