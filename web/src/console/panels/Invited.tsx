/** A colleague asks this desk into a call, or for advice beside it. */
import type { Invitation } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly invitation: Invitation;
  readonly drill: boolean;
  readonly onCome: () => void;
  readonly onPass: () => void;
}

export function Invited({ invitation: { name, role, manner }, drill, onCome, onPass }: Props) {
  const text = words.desk.invited;
  const title = text.title[manner](name);
  return (
    <div class="ringing">
      <Screen name="invited" title={drill ? words.desk.drill.invited(title) : title}>
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
