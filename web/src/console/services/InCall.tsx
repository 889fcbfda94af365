/** In a call: the directory beside it, and a card of a service onto the caller's screen. */
import { useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { Card } from '../../call/text/message';
import type { ServiceEntry } from '../../proto';
import { words } from '../../words/console';
import { useServices } from './held';
import { Search } from './Search';

interface Props {
  readonly desk: StaffDesk;
  readonly view: StaffView;
}

export function InCall({ desk, view }: Props) {
  const text = words.desk.services.inCall;
  const [open, setOpen] = useState(false);
  return (
    <details class="panel services-in-call" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="panel__title">{text.title}</summary>
      {open && <Open desk={desk} view={view} />}
    </details>
  );
}

function Open({ desk, view }: Props) {
  const held = useServices(desk, view.signalling);
  return (
    <Search held={held} offline={view.signalling === 'lost'} under={(entry) => <Send desk={desk} entry={entry} />} />
  );
}

/** Where the sending of one card stands. */
type Sent = 'sending' | 'arrived' | 'failed';

function Send({ desk, entry }: { readonly desk: StaffDesk; readonly entry: ServiceEntry }) {
  const text = words.desk.services.inCall;
  const [sent, setSent] = useState<Sent>();
  const send = (): void => {
    setSent('sending');
    desk.sendCard(cardOf(entry)).then(
      () => setSent('arrived'),
      () => setSent('failed'),
    );
  };
  return (
    <>
      <div class="buttons">
        <button type="button" class="button" data-act="send-card" disabled={sent === 'sending'} onClick={send}>
          {sent === 'arrived' ? text.sendAgain : text.send}
        </button>
      </div>
      <p class="small" role="status" data-sent={sent}>
        {sent === undefined ? text.lead : text.is[sent]}
      </p>
    </>
  );
}

/** What of an entry a caller is sent: how to reach it, and for whom it is. A number for texts stands among what it is for. */
export function cardOf({ details }: ServiceEntry): Card {
  const { name, purpose, phone, text, web, hours } = details;
  const known = words.desk.services;
  const reach = text === '' || purpose.includes(text) ? purpose : `${purpose} ${known.fields.text}: ${text}.`;
  return { title: name, what: reach, phone, web, hours };
}
