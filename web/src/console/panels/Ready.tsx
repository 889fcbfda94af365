/** Between calls: who is put through to this desk, and how the last ring ended. */

import type { Role, StaffState } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import type { Outcome } from '../outcome';

interface Props {
  readonly state: Extract<StaffState, { phase: 'available' | 'unavailable' | 'paused' }>;
  readonly role: Role | undefined;
  /** How the last ring ended, if it was not answered. */
  readonly outcome: Outcome | undefined;
}

export function Ready({ state, role, outcome }: Props) {
  const text = words.desk.ready;
  // Only counsellors are rung for by callers.
  const helps = role === 'clinician' || role === 'supervisor';
  const kind = state.phase === 'paused' ? state.why : state.phase;
  const { title, lead, helperLead } = text[kind];
  return (
    <Screen name={state.phase === 'paused' ? `paused-${state.why}` : state.phase} title={title}>
      <p class="lead">{helps ? helperLead : lead}</p>
      {outcome !== undefined && (
        <Notice>
          <p>{text[outcome]}</p>
        </Notice>
      )}
    </Screen>
  );
}
