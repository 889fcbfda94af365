/** axe-core on a page as it is, with what the service itself has put there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

/** That of the pages' own tests. */
const AXE = join(root, 'web/node_modules/axe-core/axe.min.js');

/**
 * Asserts that nobody is kept out. Evaluated by the debugger, so that the page's own policy stays as strict as it is.
 * @param {import('puppeteer-core').Page} page
 */
export async function isOpenToAll(page, what) {
  await page.evaluate(readFileSync(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run());
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  assert.deepEqual(told, [], what);
}
