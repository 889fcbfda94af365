/** The caller's page itself: small, neutral, usable at 320 px, in the dark and without a mouse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { report } from './support/report.mjs';
import { stage } from './support/stage.mjs';

test('the page weighs less than 250 KiB in all', async (t) => {
  const scene = await stage(t, { between: true });
  const desk = await scene.desk();
  scene.between.requests.length = 0;
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.answers();
  await caller.talks();
  const { requests } = scene.between;
  const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
  report('page weight', {
    compressed_KiB: Math.round(bytes / 102.4) / 10,
    requests: requests.length,
    until: 'in a call',
  });
  assert.ok(
    requests.some(({ path }) => path.includes('worker')),
    'the workers were counted',
  );
  assert.ok(bytes < 250 * 1024, `${bytes} bytes`);
});

test('the page can be used by keyboard alone, at 320 px, in the dark', async (t) => {
  const scene = await stage(t);
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  const { page } = caller;
  await page.setViewport({ width: 320, height: 568 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  const fits = async () => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${width} px wide: ${await caller.text()}`);
  };
  await page.waitForSelector('[data-talk]');
  await fits();
  await focusOn(page, '[data-talk]');
  await page.keyboard.press('Enter');
  await caller.shows('waiting');
  await fits();
  await desk.answers();
  await caller.talks();
  await fits();
  await focusOn(page, '[data-mute]');
  await page.keyboard.press('Space');
  await page.waitForSelector('[data-mute="off"]');
  await focusOn(page, '[data-leave]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role="alertdialog"]');
  await fits();
  await focusOn(page, '[role="alertdialog"] .button--quiet');
  await page.keyboard.press('Enter');
  await caller.shows('ended');
  await fits();
});

test('the policy lets nothing run, load or be embedded that is not the page itself', async (t) => {
  const scene = await stage(t, { alone: true });
  const answers = [];
  const caller = await scene.callerPage({ onResponse: (response) => answers.push(response) });
  const headers = answers.find((answer) => answer.url() === `${scene.origin}/`).headers();
  const policy = headers['content-security-policy'];
  assert.doesNotMatch(policy, /unsafe|data:|http:|https:|\*/);
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    assert.ok(policy.includes(rule), `${rule} is missing: ${policy}`);
  }
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  const refused = await caller.page.evaluate(async (elsewhere) => {
    const tried = {
      inline: () =>
        document.head.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' })),
      markup: () => {
        document.body.innerHTML = '<p>written</p>';
      },
      fetch: () => fetch(elsewhere),
    };
    const told = {};
    for (const [name, attempt] of Object.entries(tried)) {
      told[name] = await Promise.resolve()
        .then(attempt)
        .then(
          () => 'done',
          (error) => error.name,
        );
    }
    return { ...told, ran: 'ran' in window };
    // A port of this machine that is another origin: nothing leaves it, whatever the browser does.
  }, `https://localhost:${scene.gateway.ports.internal}/`);
  assert.deepEqual(refused, { inline: 'TypeError', markup: 'TypeError', fetch: 'TypeError', ran: false });
  assert.ok(caller.complaints.some((complaint) => complaint.includes('Content Security Policy')));
});

test('the title and the icon say nothing of the service', async (t) => {
  const scene = await stage(t, { alone: true });
  const caller = await scene.callerPage();
  const title = await caller.page.title();
  assert.doesNotMatch(title, /crisis|suicid|police|mental|counsel|quietline|help/i);
});

/** Presses Tab until what is wanted has the focus. */
async function focusOn(page, selector) {
  for (let presses = 0; presses < 30; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${selector} is not reached by the Tab key`);
}
