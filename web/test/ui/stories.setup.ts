/** Builds and serves the stories once for all files of `npm run a11y`. */
import type { TestProject } from 'vitest/node';
import { buildStories, serveStories } from '../../stories/build.mjs';

declare module 'vitest' {
  export interface ProvidedContext {
    address: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildStories();
  const server = await serveStories();
  project.provide('address', server.address);
  return () => server.close();
}
