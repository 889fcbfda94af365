/** The switch for single keys, and the way to the list of those that hold now. */
import { words } from '../../words/console';
import { printed } from '../shortcuts';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly onShow: () => void;
}

export function Keys({ on, onChange, onShow }: Props) {
  const text = words.desk.keys;
  return (
    <section class="panel" aria-labelledby="keys" data-on={on}>
      <h2 class="panel__title" id="keys">
        {text.title}
      </h2>
      <label class="tick">
        <input type="checkbox" checked={on} onChange={(event) => onChange(event.currentTarget.checked)} />
        {text.use}
      </label>
      <KeyedButton kind="plain" letter={printed('keys')} label={text.show} onPress={onShow} />
    </section>
  );
}
