/**
 * Questions and answers between a page and one of its workers. A worker that breaks, or does not answer, is ended: whoever waits is
 * told, and so is everybody who asks later.
 */
import { Refusal, type RefusalCode } from './api';

/**
 * A worker is given up when it has not answered for twice this long. Twice, because after a computer has slept a timer may fire
 * before the answer that is on its way.
 */
const PATIENCE_MS = 15_000;

interface Question<Q> {
  readonly id: number;
  readonly question: Q;
}

type Answer<A> =
  | { readonly id: number; readonly answer: A }
  | { readonly id: number; readonly refusal: { readonly code: RefusalCode; readonly message: string } }
  | { readonly id: number; readonly error: string };

interface Waiting<A> {
  resolve(answer: A): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

/** The page's end. `N` is what the worker says unasked. */
export class WorkerLink<Q, A, N = never> {
  readonly worker: Worker;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting<A>>();
  #nextId = 0;
  #failure: Error | undefined;
  onNotice: ((notice: N) => void) | undefined;
  /** Called once when the worker broke, not when `close` was called. */
  onFailure: (() => void) | undefined;

  /** `name` says in errors what the worker is for. */
  constructor(worker: Worker, name: string) {
    this.worker = worker;
    this.#name = name;
    worker.onmessage = ({ data }: MessageEvent<Answer<A> | { readonly notice: N }>) => {
      if ('notice' in data) this.onNotice?.(data.notice);
      else this.#receive(data);
    };
    worker.onerror = () => this.#fail('stopped');
    worker.onmessageerror = () => this.#fail('cannot be understood');
  }

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.assertUp();
      const id = this.#nextId++;
      const timer = setTimeout(() => this.#waitOnceMore(id), PATIENCE_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.worker.postMessage({ id, question } satisfies Question<Q>);
    });
  }

  assertUp(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.onFailure = undefined;
    this.#fail('is closed');
  }

  #receive(message: Answer<A>): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(message.id);
    if ('answer' in message) waiting.resolve(message.answer);
    else if ('refusal' in message) waiting.reject(new Refusal(message.refusal.code, message.refusal.message));
    else waiting.reject(new Error(message.error));
  }

  #waitOnceMore(id: number): void {
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) waiting.timer = setTimeout(() => this.#fail('does not answer'), PATIENCE_MS);
  }

  #fail(what: string): void {
    if (this.#failure !== undefined) return;
    const failure = new Error(`the ${this.#name} ${what}`);
    this.#failure = failure;
    this.worker.terminate();
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(failure);
    }
    this.#waiting.clear();
    this.onFailure?.();
  }
}

/**
 * The worker's end: answers each question as `answer` does. Returns false for messages that are not questions. Errors cross as their
 * text alone; no error of ours carries a key.
 */
export function answerQuestions<Q, A>(scope: Pick<Worker, 'postMessage'>, answer: (question: Q) => Promise<A>) {
  return (data: unknown): boolean => {
    if (typeof data !== 'object' || data === null || !('question' in data)) return false;
    const { id, question } = data as Question<Q>;
    answer(question).then(
      (result) => scope.postMessage({ id, answer: result } satisfies Answer<A>),
      (error: unknown) => scope.postMessage(failed(id, error)),
    );
    return true;
  };
}

function failed(id: number, error: unknown): Answer<never> {
  if (error instanceof Refusal) return { id, refusal: { code: error.code, message: error.message } };
  return { id, error: error instanceof Error ? error.message : 'unknown error' };
}
