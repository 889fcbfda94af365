/** What a counsellor finds out before a shift: whether sound gets through from this network, and how. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './support/stage.mjs';

for (const counsellor of /** @type {const} */ (['chromium', 'firefox'])) {
  test(`${counsellor} says over which way a relay is reached, and that none is`, async (t) => {
    const scene = await stage(t, { counsellor, between: true });
    const path = await scene.between.carryMedia();
    const desk = await scene.desk();
    /** Presses the button, and gives what is said once it is known. */
    const finds = async () => {
      await desk.acts('path');
      await desk.page.waitForSelector('[data-path="testing"]');
      const panel = await desk.page.waitForSelector('[data-path]:not([data-path="testing"])');
      return panel.evaluate((found) => ({
        way: found.dataset.path,
        says: found.querySelector('[role=status]').textContent,
      }));
    };
    assert.match((await finds()).says, /^Sound gets through\. There and back takes \d+\sms\.$/);
    path.udp = false;
    assert.equal((await finds()).way, 'tcp');
    path.cut();
    assert.equal((await finds()).way, 'no-path');
    path.restore();
    assert.equal((await finds()).way, 'udp');
    // Firefox says by itself that a way it was made to try does not work.
    assert.deepEqual(
      desk.complaints.filter((complaint) => !complaint.includes('ICE failed')),
      [],
    );
  });
}
