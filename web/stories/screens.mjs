/**
 * Writes pictures of every state of both pages into web/screens/: as wide as a telephone and a desk's screen, the console on a large
 * one too; light, dark, and with forced colours. `npm run screens [-- PART_OF_A_NAME ...]` draws only those whose name contains one of
 * the parts; CHROMIUM names another browser.
 */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import puppeteer from 'puppeteer-core';
import { buildStories, serveStories } from './build.mjs';

const OUT = resolve(import.meta.dirname, '../screens');
const TELEPHONE = [320, 640];
const DESK = [1280, 800];
const LARGE = [1920, 1080];
/** As the browser names them. Forced colours are those of a dark contrast theme. */
const LOOKS = {
  light: [{ name: 'prefers-color-scheme', value: 'light' }],
  dark: [{ name: 'prefers-color-scheme', value: 'dark' }],
  forced: [
    { name: 'prefers-color-scheme', value: 'dark' },
    { name: 'forced-colors', value: 'active' },
  ],
};
const PAGES = [
  { page: 'caller', path: '/', sizes: [TELEPHONE, DESK] },
  { page: 'console', path: '/console/', sizes: [TELEPHONE, DESK, LARGE] },
];
const parts = process.argv.slice(2);

await buildStories();
const server = await serveStories();
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
  ],
});
let drawn = 0;
const troubles = [];
try {
  const tab = await browser.newPage();
  const debug = await tab.createCDPSession();
  tab.on('pageerror', (error) => troubles.push(String(error)));
  tab.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) troubles.push(message.text());
  });
  await mkdir(OUT, { recursive: true });
  for (const { page, path, sizes } of PAGES) {
    await tab.goto(`${server.address}${path}`);
    for (const story of await tab.evaluate(() => window.stories)) {
      if (parts.length > 0 && !parts.some((part) => `${page}-${story}`.includes(part))) continue;
      for (const [look, features] of Object.entries(LOOKS)) {
        const still = { name: 'prefers-reduced-motion', value: 'reduce' };
        await debug.send('Emulation.setEmulatedMedia', { features: [...features, still] });
        for (const [width, height] of sizes) {
          await tab.setViewport({ width, height });
          await tab.goto(`${server.address}${path}?story=${story}`, { waitUntil: 'domcontentloaded' });
          await tab.waitForSelector('[data-screen]');
          await tab.screenshot({ path: join(OUT, `${page}-${story}-${width}-${look}.png`), fullPage: true });
          const wide = await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
          if (wide) troubles.push(`${page} ${story} scrolls sideways at ${width}`);
          drawn += 1;
        }
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
process.stdout.write(`${drawn} pictures in ${OUT}\n`);
for (const trouble of new Set(troubles)) process.stdout.write(`  ${trouble}\n`);
process.exitCode = troubles.length > 0 ? 1 : 0;
