/** What a console asks about one subject: each has questions of its own, and one form. */
import type { StaffMessage, StaffRequest } from '../proto';
import { type Connection, RequestFailed } from './connection';

type Asks = Extract<StaffRequest, { ask: unknown }>;
export type Subject = Asks['type'];
export type AskOf<S extends Subject> = Extract<Asks, { type: S }>['ask'];
export type AnswerOf<S extends Subject> = Extract<StaffMessage, { type: S; answer: unknown }>['answer'];

/** Asks once. Fails with RequestFailed. */
export async function askAbout<S extends Subject>(
  connection: Pick<Connection<StaffRequest, StaffMessage>, 'request'>,
  subject: S,
  ask: AskOf<S>,
): Promise<AnswerOf<S>> {
  const answer = await connection.request({ type: subject, ask } as StaffRequest);
  if (answer.type !== subject) throw new RequestFailed('internal', 'The server gave no answer.');
  return (answer as { answer: unknown }).answer as AnswerOf<S>;
}
