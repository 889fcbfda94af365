/** Builds the story pages. */
export function buildStories(): Promise<void>;
/** Serves them on a free port of the loopback address. `close` ends it. */
export function serveStories(): Promise<{ readonly address: string; close(): Promise<void> }>;
