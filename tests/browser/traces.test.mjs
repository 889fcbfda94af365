/** What a call leaves behind: nothing in the browser, nothing in the log, and nobody else was told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './support/processes.mjs';
import { stage } from './support/stage.mjs';

test('a call leaves no cookie, no stored key and no trace in the log, and asks nobody else for anything', async (t) => {
  const scene = await stage(t, { between: true });
  const desk = await scene.desk();
  const { requests } = scene.between;
  requests.length = 0;
  const caller = await scene.callerPage();
  // The page has loaded when it has its configuration and both workers.
  const has = (part) => requests.some(({ path }) => path.includes(part));
  await until('the page and its workers', () => ['config', 'mls.worker', 'frames.worker'].every(has));
  await caller.page.waitForNetworkIdle();
  const loaded = requests.length;
  await caller.joins();
  await desk.answers();
  await caller.talks();
  const secrets = await caller.page.evaluate(() => Object.values({ ...sessionStorage }));
  await caller.leaves();
  await desk.becomes('wrap_up');

  const { origin } = scene;
  const foreign = [...caller.requests, ...desk.requests].filter((url) => !ours(url, origin));
  assert.deepEqual(foreign, [], 'no third party was asked');
  // Each browser fetches the icon when it finds the time.
  const later = requests.slice(loaded).flatMap(({ path }) => (path === '/icon.svg' ? [] : [path]));
  assert.deepEqual(later, [], 'no request after load but the WebSocket');
  assert.deepEqual(await scene.callerEnd.browser.cookies(), []);
  const left = await caller.page.evaluate(async () => ({
    session: sessionStorage.length,
    local: localStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker?.getRegistrations())?.length ?? 0,
  }));
  assert.deepEqual(left, { session: 0, local: 0, databases: 0, caches: 0, workers: 0 });
  assert.deepEqual(caller.complaints, [], 'no violation of the content security policy');
  assert.deepEqual(desk.complaints, []);

  await scene.gateway.stop();
  const { log } = scene.gateway;
  assert.ok(secrets.length > 0, 'the tab held its place in its session storage');
  for (const secret of [...secrets.flatMap(strings), 'Sam', 'enrol=']) {
    assert.ok(!log.includes(secret), `the log holds ${secret.slice(0, 4)}...`);
  }
  const own = Object.values(scene.gateway.ports);
  const addresses = [...log.matchAll(/(?:127\.0\.0\.1|\[::1\]|localhost):(\d+)/g)].map(([, port]) => Number(port));
  assert.deepEqual(
    addresses.filter((port) => !own.includes(port)),
    [],
    'the log holds no address of a client',
  );
});

/** Every text of some length inside a stored value. */
function strings(stored) {
  try {
    return Object.values(JSON.parse(stored)).filter((value) => typeof value === 'string' && value.length >= 16);
  } catch {
    return [stored];
  }
}

const ours = (url, origin) =>
  [origin, origin.replace('https:', 'wss:'), 'blob:', 'data:'].some((own) => url.startsWith(own));
