/** A caller is offered to this desk. */
import type { Offer } from '../../proto';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';
import { useElapsed } from '../elapsed';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly offer: Offer;
  /** Nobody is in need: somebody plays a caller. */
  readonly drill: boolean;
  readonly onAnswer: () => void;
  readonly onPass: () => void;
}

export function Ringing({ offer, drill, onAnswer, onPass }: Props) {
  const text = words.desk.ringing;
  const waited = offer.waited_s + useElapsed(offer.id);
  return (
    <div class="ringing">
      <Screen name="ringing" title={drill ? words.desk.drill.ringing.title : text.title}>
        <p class="lead" data-came={offer.came}>
          {text.came[offer.came]} {text.waited(waited)}
        </p>
        <div class="buttons">
          <KeyedButton kind="main" letter="Y" label={text.answer} onPress={onAnswer} />
          <KeyedButton kind="plain" letter="P" label={text.pass} onPress={onPass} />
        </div>
        <p class="small">{text.passHint}</p>
      </Screen>
    </div>
  );
}
