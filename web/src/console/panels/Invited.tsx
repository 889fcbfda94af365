/** A colleague asks this desk into a call, or for advice beside it. */
import type { Invitation } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly invitation: Invitation;
  readonly onCome: () => void;
  readonly onPass: () => void;
}

export function Invited({ invitation: { name, role, manner }, onCome, onPass }: Props) {
  const text = words.desk.invited;
  return (
    <div class="ringing">
      <Screen name="invited" title={text.title[manner](name)}>
        <p class="lead">{text.lead[manner](words.roles[role])}</p>
        <div class="buttons">
          <KeyedButton kind="main" letter="Y" label={text.come[manner]} onPress={onCome} />
          <KeyedButton kind="plain" letter="P" label={text.pass} onPress={onPass} />
        </div>
        <p class="small">{text.passHint}</p>
      </Screen>
    </div>
  );
}
