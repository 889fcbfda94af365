/** Connections are lost and come back; the call does not end. */
import { test } from 'node:test';
import { hearOneAnother } from './support/conversation.mjs';
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
  await hearOneAnother('after the network was gone', scene.callerEnd.person, scene.counsellorEnd.person);
});

test('a gateway that is restarted interrupts the call and does not end it', async (t) => {
  const scene = await stage(t);
  const { caller, desk } = await callInProgress(scene);
  await scene.gateway.stop();
  await caller.says('The connection is lost for the moment');
  await scene.gateway.start();
  await caller.page.waitForFunction(() => !document.body.innerText.includes('The connection is lost'));
  await desk.page.waitForSelector('[data-link="up"]');
  await hearOneAnother('after a restart', scene.callerEnd.person, scene.counsellorEnd.person);
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
