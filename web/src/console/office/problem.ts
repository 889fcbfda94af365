/** Why an administrator's request was refused, in words. */
import { RequestFailed } from '../../call/connection';
import { words } from '../../words/console';

export function problemOf(error: unknown): string {
  const { problems } = words.desk.office;
  const code = error instanceof RequestFailed ? error.code : 'internal';
  switch (code) {
    case 'lost':
    case 'timeout':
      return problems.lost;
    case 'not_allowed':
      return problems.alone;
    case 'out_of_order':
    case 'bad_credential':
      return problems.gone;
    default:
      return problems.internal;
  }
}
