import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { precompress } from './build/precompress.ts';

/**
 * Two pages, one build: the caller's page (`index.html`) and the staff console (`console/index.html`); `404.html` is for any other address.
 * The content security policy allows no inline script or style, no `data:` URL and nothing from another origin, so nothing is
 * inlined, and every asset has its content's hash in its name.
 */
export default defineConfig({
  build: {
    // The oldest browsers with an encrypted transform that we accept.
    target: ['chrome111', 'firefox117', 'safari16.4'],
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        caller: resolve(import.meta.dirname, 'index.html'),
        console: resolve(import.meta.dirname, 'console/index.html'),
        missing: resolve(import.meta.dirname, '404.html'),
      },
    },
  },
  worker: { format: 'es' },
  // The word list of the safety words is shared with the Rust side, above this folder.
  server: { fs: { allow: ['..'] } },
  plugins: [precompress()],
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // Two cores are shared with browsers in other tests.
    maxWorkers: 2,
    // Only what never ends fails by time: a starved machine takes ten times as long for the same cryptography.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
