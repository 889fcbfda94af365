import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** `npm run a11y`: the pages in a real browser, every state of them. One browser, so one file after the other. */
export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    include: ['test/ui/**/*.pages.ts'],
    globalSetup: ['test/ui/stories.setup.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
