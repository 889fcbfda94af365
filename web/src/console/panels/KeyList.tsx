/** The keys that hold now, over the desk. Escape closes it, and the focus goes back to where it was. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { words } from '../../words/console';
import { type Act, printed } from '../shortcuts';

interface Props {
  readonly acts: readonly Act[];
  /** Whether single keys are switched on. */
  readonly on: boolean;
  readonly onClose: () => void;
}

export function KeyList({ acts, on, onClose }: Props) {
  const text = words.desk.keys;
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      class="key-list"
      aria-labelledby="key-list"
      ref={dialog}
      onClose={onClose}
      onKeyDown={(event) => {
        if (on && event.key === printed('keys')) onClose();
      }}
    >
      <h2 class="panel__title" id="key-list">
        {text.listTitle}
      </h2>
      <p class="small">{on ? text.listLead : text.off}</p>
      <dl class="keys">
        {acts.map((act) => (
          <div key={act}>
            <dt>
              <kbd>{printed(act)}</kbd>
            </dt>
            <dd>{text[act]}</dd>
          </div>
        ))}
      </dl>
      <button type="button" class="button button--plain" onClick={onClose}>
        {text.close}
      </button>
    </dialog>
  );
}
