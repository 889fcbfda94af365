/** After a call: as long as it takes. */
import type { EndedBy } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import { KeyedButton } from './KeyedButton';

interface Props {
  /** Unknown when the call goes on without this person. */
  readonly by: EndedBy | undefined;
  readonly onDone: (available: boolean) => void;
}

export function WrapUp({ by, onDone }: Props) {
  const text = words.desk.wrapUp;
  return (
    <Screen name="wrap-up" title={by ? text.title : text.titleGoesOn}>
      <p class="lead">{by ? text.by[by] : text.goesOn}</p>
      <p>{text.lead}</p>
      <div class="buttons">
        <KeyedButton kind="main" letter="A" label={text.available} onPress={() => onDone(true)} />
        <KeyedButton kind="plain" letter="N" label={text.unavailable} onPress={() => onDone(false)} />
      </div>
    </Screen>
  );
}
