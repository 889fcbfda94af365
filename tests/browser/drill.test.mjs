/**
 * A drill: a supervisor opens it, a counsellor practises in it with one who plays a caller and with synthetic callers, and all of them are
 * shown that it is one. Nothing of it is on the line.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CallerPage, sameSafetyWords } from './support/pages.mjs';
import { binary, scratch } from './support/paths.mjs';
import { start, until } from './support/processes.mjs';
import { nothingWrong, picture, signIn } from './support/shift.mjs';
import { stage } from './support/stage.mjs';

/** What the line has counted. */
async function counted(gateway) {
  const { body } = await gateway.internal('/metrics');
  return body.split('\n').filter((line) => /^quietline_(calls|callers|offers|answer)\w* /.test(line));
}

for (const kind of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`in ${kind} a drill is practised, marked on every page, and in nothing of the line`, async (t) => {
    const scene = await stage(t, { caller: kind, counsellor: kind });
    const [sam, tom] = [await signIn(scene, 'counsellor', 'Sam'), await signIn(scene, 'supervisor', 'Tom')];
    const before = await counted(scene.gateway);
    assert.ok(before.length > 5, before.join('\n'));

    await tom.goesTo('drill');
    await tom.page.waitForSelector('[data-none]');
    await tom.acts('open');
    const given = async (what) =>
      (await tom.page.waitForSelector(`[data-given="${what}"]`)).evaluate((found) => found.textContent);
    const [link, ticket] = [await given('link'), await given('ticket')];
    await picture(tom, `${kind}-drill-open`);

    await sam.goesTo('drill');
    assert.equal(await sam.page.$('[data-given]'), null, 'only who runs it is told the ticket');
    await sam.acts('practise');
    await sam.page.waitForSelector('[data-drill]');
    await sam.becomes('unavailable');
    assert.match(await sam.page.title(), /^DRILL/);
    await sam.goesTo('desk');
    await sam.key('a');
    await sam.becomes('available');

    const caller = await CallerPage.open(scene.callerEnd, link);
    await caller.page.waitForSelector('[data-drill]');
    assert.ok(!caller.page.url().includes(ticket), 'the ticket is not left in the address');
    await caller.joins();
    await sam.answers();
    await caller.talks();
    await sameSafetyWords(caller, sam);
    for (const page of [caller, sam]) await page.page.waitForSelector('[data-drill]');
    await picture(sam, `${kind}-drill-call`);
    await picture(caller, `${kind}-drill-caller`);
    await caller.reload();
    await caller.talks();
    await caller.page.waitForSelector('[data-drill]');
    await caller.leaves();
    await sam.becomes('wrap_up');
    await sam.key('a');
    await sam.becomes('available');

    const file = join(scratch('drill'), 'ticket');
    writeFileSync(file, `${ticket}\n`, { mode: 0o600 });
    const program = start(binary, [
      ...['drill', '--server', scene.gateway.origin, '--trust', scene.gateway.authority],
      ...['--ticket-file', file, '--callers', '1', '--stay', '2'],
    ]);
    t.after(() => program.child.kill());
    await sam.answers();
    await sam.becomes('wrap_up');
    assert.deepEqual(await program.exited, { code: 0, signal: null }, program.printed.stderr);
    assert.ok(!program.printed.stderr.includes(ticket));

    assert.deepEqual(await counted(scene.gateway), before);
    await tom.acts('close');
    await tom.confirms();
    await tom.page.waitForSelector('[data-none]');
    await sam.page.waitForSelector('[data-over="no-drill"]');
    await sam.becomes('unavailable');
    assert.equal(await sam.page.$('[data-drill]'), null);
    await picture(sam, `${kind}-drill-over`);
    const late = start(binary, [
      ...['drill', '--server', scene.gateway.origin, '--trust', scene.gateway.authority],
      ...['--ticket-file', file],
    ]);
    assert.equal((await late.exited).code, 1, late.printed.stderr);

    await sam.goesTo('desk');
    await sam.key('a');
    await sam.becomes('available');
    await until('the line to have its counsellor', async () =>
      (await scene.gateway.internal('/metrics')).body.includes('quietline_staff_available 1'),
    );
    nothingWrong(sam, tom, caller);
  });
}
