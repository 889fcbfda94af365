/** Between calls: available or not. */
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import type { Outcome } from '../outcome';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly available: boolean;
  /** How the last ring ended, if it was not answered. */
  readonly outcome: Outcome | undefined;
  readonly onAvailable: (available: boolean) => void;
}

export function Ready({ available, outcome, onAvailable }: Props) {
  const text = words.desk.ready;
  return (
    <Screen
      name={available ? 'available' : 'unavailable'}
      title={available ? text.availableTitle : text.unavailableTitle}
    >
      <p class="lead">{available ? text.availableLead : text.unavailableLead}</p>
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
