/**
 * Builds the real pages around the fakes and serves them as the server does, with its content security policy.
 * For `npm run screens` and `npm run a11y`; nothing of it goes into dist.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { build } from 'vite';

const WEB = resolve(import.meta.dirname, '..');
const OUT = join(WEB, 'node_modules/.cache/stories');
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "media-src 'self' blob: mediastream:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types quietline',
].join('; ');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

/** The page's own HTML, with its entry exchanged for the story's. */
const withStories = {
  name: 'quietline-stories',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) =>
      html.replace('/src/caller/main.ts', '/stories/caller.ts').replace('/src/console/main.ts', '/stories/console.ts'),
  },
};

/** Builds the story pages. */
export async function buildStories() {
  await build({
    root: WEB,
    configFile: false,
    logLevel: 'warn',
    publicDir: 'public',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: OUT,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      rolldownOptions: {
        input: {
          caller: join(WEB, 'index.html'),
          console: join(WEB, 'console/index.html'),
          missing: join(WEB, '404.html'),
        },
      },
    },
    plugins: [withStories],
  });
}

/** Serves them on a free port. `close` ends it. */
export async function serveStories() {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path.endsWith('/') ? `${path}index.html` : path;
    response.setHeader('content-security-policy', CSP);
    response.setHeader('referrer-policy', 'no-referrer');
    try {
      const content = await readFile(join(OUT, file));
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(content);
    } catch {
      response.writeHead(404, { 'content-type': TYPES['.html'] }).end(await readFile(join(OUT, '404.html')));
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${server.address().port}`;
  return { address, close: () => new Promise((done) => server.close(done)) };
}
