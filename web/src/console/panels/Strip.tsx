/** In which state one is, since when, and one key for each of the others. At the top of the desk, always in the same place. */
import type { StaffView } from '../../call/api';
import type { StaffState } from '../../proto';
import { words } from '../../words/console';
import { type Choice, choosable, DUTIES, type Duty, dutyOf } from '../duty';
import { useSince } from '../elapsed';
import { printed } from '../shortcuts';
import { stateName } from '../TopBar';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly view: StaffView;
  readonly state: StaffState;
  readonly choice: Choice | undefined;
  readonly onChoose: (duty: Duty) => void;
}

export function Strip({ view, state, choice, onChoose }: Props) {
  const text = words.desk.strip;
  const since = useSince(state);
  const present = dutyOf(state);
  const lost = view.signalling === 'lost';
  const keys = choosable(state);
  const told = choice && toldOf(choice, lost);
  return (
    <section class="strip" aria-label={text.label} data-duty={present ?? state.phase}>
      <p class="strip__now">
        {lost ? text.lastKnown : text.now} <strong>{stateName(state)}</strong>
        {since !== undefined && <span> {text.since(since)}</span>}
      </p>
      {keys.length === 0 ? (
        <p class="small">{text.inCall}</p>
      ) : (
        <div class="strip__keys">
          {DUTIES.map((duty) => (
            <KeyedButton
              key={duty}
              kind={duty === 'available' && present !== duty ? 'main' : 'plain'}
              letter={printed(duty)}
              label={text.duties[duty]}
              pressed={duty === present}
              onPress={() => onChoose(duty)}
            />
          ))}
        </div>
      )}
      <div role="status">
        {lost && keys.length > 0 && (
          <p class="strip__told" data-offline>
            <strong>{words.desk.offline.title}.</strong> {words.desk.offline.lead}
          </p>
        )}
        {told && (
          <p class="strip__told" data-choice={choice?.is}>
            {told}
          </p>
        )}
      </div>
    </section>
  );
}

/** What is said of a choice that is not taken yet, or was not. */
function toldOf({ duty, is, lasts }: Choice, lost: boolean): string {
  const text = words.desk.strip;
  const name = text.duties[duty];
  if (is !== 'asked') return text.refused[is](name);
  return lost && lasts ? text.later(name) : '';
}
