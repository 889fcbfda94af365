import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** `npm run a11y`: the pages in a real browser, every state of them. Each file has a browser of its own, two at a time. */
export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    include: ['test/ui/**/*.pages.ts'],
    globalSetup: ['test/ui/stories.setup.ts'],
    environment: 'node',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
