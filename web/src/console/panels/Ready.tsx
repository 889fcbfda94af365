/** Between calls: available or not. */

import type { Role } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import type { Outcome } from '../outcome';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly available: boolean;
  readonly role: Role | undefined;
  /** How the last ring ended, if it was not answered. */
  readonly outcome: Outcome | undefined;
  readonly onAvailable: (available: boolean) => void;
}

export function Ready({ available, role, outcome, onAvailable }: Props) {
  const text = words.desk.ready;
  // Only counsellors are rung for by callers.
  const lead =
    role === 'clinician' || role === 'supervisor'
      ? { available: text.helperAvailableLead, unavailable: text.helperUnavailableLead }
      : { available: text.availableLead, unavailable: text.unavailableLead };
  return (
    <Screen
      name={available ? 'available' : 'unavailable'}
      title={available ? text.availableTitle : text.unavailableTitle}
    >
      <p class="lead">{available ? lead.available : lead.unavailable}</p>
      {outcome !== undefined && (
        <Notice>
          <p>{text[outcome]}</p>
        </Notice>
      )}
      <div class="buttons">
        {available ? (
          <KeyedButton kind="plain" letter="N" label={text.goUnavailable} onPress={() => onAvailable(false)} />
        ) : (
          <KeyedButton kind="main" letter="A" label={text.goAvailable} onPress={() => onAvailable(true)} />
        )}
      </div>
    </Screen>
  );
}
