/** What a page of Chromium holds once everything that can go has gone, and whether it grows: for shifts that are worked faster than they pass. */

/** What is finalised in one collection frees more in the next. */
const COLLECTIONS = 3;
/** Heap that may come and go between two times at which the same is done: compiled code, caches of the browser. */
const ROOM = { share: 0.05, bytes: 256 * 1024 };
/** The counters that must not grow at all, by the browser's own names. */
const COUNTED = ['Nodes', 'JSEventListeners', 'Documents', 'RTCPeerConnections', 'AudioHandlers', 'WorkerGlobalScopes'];

/** How often, and for how long in all, what still sounds is waited for, ms. */
const SOUNDS_MS = { each: 250, most: 10_000 };

/**
 * Gives a function that measures, once nothing sounds that did not sound at all times before: a bell that was struck goes with its
 * last tone, however fast the work was. Nothing that the page can find out is changed.
 */
export async function watchMemory(page) {
  const debug = await page.createCDPSession();
  await debug.send('Performance.enable');
  const measure = async () => {
    for (let time = 0; time < COLLECTIONS; time++) await debug.send('HeapProfiler.collectGarbage');
    const { metrics } = await debug.send('Performance.getMetrics');
    const value = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return Object.fromEntries(['JSHeapUsedSize', ...COUNTED].map((name) => [name, value(name)]));
  };
  let rest = Number.POSITIVE_INFINITY;
  return async () => {
    let held = await measure();
    for (let waited = 0; held.AudioHandlers > rest && waited < SOUNDS_MS.most; waited += SOUNDS_MS.each) {
      await new Promise((passed) => setTimeout(passed, SOUNDS_MS.each));
      held = await measure();
    }
    rest = Math.min(rest, held.AudioHandlers);
    return held;
  };
}

/**
 * What has grown, in words; nothing where the page is flat. Flat is: each counter's least in the last quarter is that of the second (in
 * the first one things are made that stay; what is about to go is counted at some moments and not at others), and the
 * heap's median is within 5 % and 256 KiB. `known` says by how much a counter may grow for reasons that are not the page's.
 */
export function grown(samples, known = {}) {
  const quarter = Math.floor(samples.length / 4);
  if (quarter < 1) throw new Error('four samples are the least');
  const second = samples.slice(quarter, 2 * quarter);
  const last = samples.slice(-quarter);
  return ['JSHeapUsedSize', ...COUNTED].flatMap((name) => {
    const isHeap = name === 'JSHeapUsedSize';
    const of = isHeap ? median : least;
    const [before, after] = [of(second, name), of(last, name)];
    const room = isHeap ? before * ROOM.share + ROOM.bytes : (known[name] ?? 0);
    return after > before + room ? [`${name} grew from ${before} to ${after}`] : [];
  });
}

/** The medians of the second and the last quarter, for people. */
export function told(samples) {
  const quarter = Math.floor(samples.length / 4);
  const of = (part) => ({
    heap_KiB: Math.round(median(part, 'JSHeapUsedSize') / 1024),
    nodes: median(part, 'Nodes'),
    listeners: median(part, 'JSEventListeners'),
  });
  return { second_quarter: of(samples.slice(quarter, 2 * quarter)), last_quarter: of(samples.slice(-quarter)) };
}

const least = (samples, name) => Math.min(...samples.map((sample) => sample[name]));

function median(samples, name) {
  const sorted = samples.map((sample) => sample[name]).toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
