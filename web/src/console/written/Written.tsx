/** What is written with the caller, beside the call. */
import type { CallText, StaffView } from '../../call/api';
import { Notice } from '../../ui/Notice';
import { Composer } from '../../ui/written/Composer';
import { Log } from '../../ui/written/Log';
import { Reloaded } from '../../ui/written/Reloaded';
import { words } from '../../words/console';

export function Written({ view, text }: { readonly view: StaffView; readonly text: CallText }) {
  const { conversation, signalling } = view;
  const waiting = signalling === 'lost';
  return (
    <section class="panel panel--written" aria-labelledby="written">
      <h2 class="panel__title" id="written">
        {words.desk.written.title}
      </h2>
      <p class="small">{words.desk.written.lead}</p>
      <Reloaded before={conversation.before} />
      <Log lines={conversation.lines} waiting={waiting} />
      {waiting && (
        <Notice>
          <p>{words.written.waiting}</p>
        </Notice>
      )}
      <Composer text={text} open={conversation.open} />
    </section>
  );
}
