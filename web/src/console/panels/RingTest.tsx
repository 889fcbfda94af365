/** Whether the ring will be heard, before it is needed. */
import { useState } from 'preact/hooks';
import { words } from '../../words/console';
import type { Ring } from '../ring';

interface Props {
  readonly ring: Ring;
  readonly blocked: boolean;
}

export function RingTest({ ring, blocked }: Props) {
  const text = words.desk.sound;
  const [permission, setPermission] = useState(
    typeof Notification === 'undefined' ? 'denied' : Notification.permission,
  );
  return (
    <section class="panel" aria-labelledby="ring">
      <h2 class="panel__title" id="ring">
        {text.title}
      </h2>
      <p class="small" role="status">
        {blocked ? text.blocked : text.ready}
      </p>
      <div class="buttons">
        <button type="button" class={blocked ? 'button button--main' : 'button'} onClick={() => ring.once()}>
          {blocked ? text.unblock : text.test}
        </button>
        {permission === 'default' && (
          <button
            type="button"
            class="button"
            onClick={() => void Notification.requestPermission().then(setPermission, () => undefined)}
          >
            {text.notify}
          </button>
        )}
      </div>
      {permission !== 'default' && <p class="small">{permission === 'granted' ? text.notifyOn : text.notifyRefused}</p>}
    </section>
  );
}
