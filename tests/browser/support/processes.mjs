/** Child processes that end with the test that started them, each by its own process id. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Starts `command`; `lines` gathers what it prints. Errors of starting it are thrown by `exited`.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: Record<string, string>, stdout?: number | 'pipe', stdin?: 'pipe' | 'ignore', cwd?: string }} options
 */
export function start(command, args, { env = {}, stdout = 'pipe', stdin = 'ignore', cwd } = {}) {
  const child = spawn(command, args, { stdio: [stdin, stdout, 'pipe'], env: { ...process.env, ...env }, cwd });
  const printed = { stdout: '', stderr: '' };
  for (const name of /** @type {const} */ (['stdout', 'stderr'])) {
    if (name === 'stderr' || stdout === 'pipe') {
      child[name]?.on('data', (chunk) => {
        printed[name] += chunk;
      });
    }
  }
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return {
    child,
    printed,
    exited,
    /** Ends the process and waits for it. */
    async stop(signal = 'SIGTERM', patience = 10_000) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(/** @type {NodeJS.Signals} */ (signal));
        const timer = setTimeout(() => child.kill('SIGKILL'), patience);
        await exited;
        clearTimeout(timer);
      }
      return exited;
    },
  };
}

/** Runs `command` to its end and returns what it printed; throws when it fails. */
export async function run(command, args, options = {}) {
  const process = start(command, args, options);
  const { code, signal } = await process.exited;
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')} ended with ${code ?? signal}: ${process.printed.stderr}`);
  }
  return process.printed.stdout;
}

/**
 * Waits until `condition` gives something truthy, and gives that back.
 * @template T
 * @param {string} what names what is awaited, for the error
 * @param {() => T | Promise<T>} condition
 */
export async function until(what, condition, { patience = 15_000, interval = 25 } = {}) {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = await condition();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`gave up after ${patience} ms waiting for ${what}`);
    await new Promise((wake) => setTimeout(wake, interval));
  }
}
