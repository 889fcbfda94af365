/** Triage: a coordinator finds the right agency, and hands over warmly to a desk of this line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillDirectory, nothingWrong, picture, signIn } from './support/shift.mjs';
import { stage } from './support/stage.mjs';

for (const kind of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`in ${kind} a coordinator asks an agency in vain, then a desk takes the person and says when they are there`, async (t) => {
    const scene = await stage(t, { caller: kind, counsellor: kind });
    await fillDirectory(scene);
    const [sam, tom, nia] = [
      await signIn(scene, 'counsellor', 'Sam'),
      await signIn(scene, 'supervisor', 'Tom'),
      await signIn(scene, 'coordinator', 'Nia'),
    ];
    await sam.key('a');
    await sam.becomes('available');

    await nia.shows('triage');
    await nia.clicksOn('[data-act="open"]');
    const need = await nia.page.$eval('#need', (list) => list.selectedOptions[0].textContent);
    await nia.clicksOn('.triage-services summary');
    await (await nia.page.waitForSelector('#look')).type('bereavement');
    await nia.clicksOn('.service-row');
    const agency = await nia.page.$eval('[data-service]', (entry) => entry.dataset.service);
    await nia.acts('ask-service');
    await nia.says(`What does ${agency} say?`);
    await nia.acts('refused');
    await nia.page.waitForSelector('[data-reply="refused"]');
    await nia.acts('ask-line');
    await nia.page.waitForSelector('[data-line="waits"]');
    await picture(nia, `${kind}-triage-asked`);

    await sam.page.waitForSelector('[data-expected="1"] [data-act="take"]');
    await sam.says(need);
    await sam.acts('take');
    await nia.page.waitForSelector('[data-line="taken"]');
    await nia.says('Sam takes them');
    await sam.key('f');
    await sam.becomes('paused');
    await picture(sam, `${kind}-triage-taken`);
    await sam.acts('came');
    await sam.page.waitForSelector('[data-expected="0"]');
    await nia.page.waitForSelector('[data-handed-over]');
    await nia.acts('close');
    await nia.page.waitForSelector('.triage-over li');
    await picture(nia, `${kind}-triage-closed`);

    await tom.goesTo('triage');
    const totals = await tom.page.waitForSelector('[data-triage="totals"] .triage-figures');
    const figures = await totals.evaluate((list) =>
      Object.fromEntries(
        [...list.querySelectorAll('div')].map((pair) => [pair.firstChild.textContent, pair.lastChild.textContent]),
      ),
    );
    assert.equal(figures['Handed over'], '1');
    assert.equal(figures['Agencies that refused'], '1');
    await picture(tom, `${kind}-triage-totals`);
    nothingWrong(sam, tom, nia);
  });
}
