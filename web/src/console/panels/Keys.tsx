/** The keys, and a switch for them. */
import { words } from '../../words';

interface Props {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

const KEYS = [
  ['A', 'available'],
  ['N', 'unavailable'],
  ['Y', 'answer'],
  ['P', 'pass'],
  ['M', 'mute'],
  ['E', 'end'],
  ['H', 'help'],
  ['B', 'back'],
  ['Esc', 'stay'],
] as const;

export function Keys({ on, onChange }: Props) {
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
      <dl class="keys">
        {KEYS.map(([letter, act]) => (
          <div key={letter}>
            <dt>
              <kbd>{letter}</kbd>
            </dt>
            <dd>{text[act]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
