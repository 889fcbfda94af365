/** Why a request about a promised talk was refused, in words. */
import { RequestFailed } from '../../call/connection';
import { ContactFailed } from '../../call/staff-contacts';
import { words } from '../../words/console';

export function problemOf(error: unknown): string {
  const { problems } = words.desk.followUps;
  if (error instanceof ContactFailed) {
    const said = { nobody: problems.nobody, 'not-proven': problems.notProven, 'no-credential': problems.noCredential };
    return said[error.code];
  }
  switch (error instanceof RequestFailed ? error.code : 'internal') {
    case 'lost':
    case 'timeout':
      return problems.lost;
    case 'unknown_code':
      return problems.gone;
    case 'out_of_order':
      return problems.notNow;
    case 'not_allowed':
      return problems.notHere;
    case 'too_fast':
      return problems.enough;
    case 'busy':
      return problems.busy;
    default:
      return problems.internal;
  }
}
