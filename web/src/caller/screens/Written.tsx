/** For whoever cannot speak, and for whatever is better read than heard: taps, what was written, and a field. */
import type { CallerView, CallText } from '../../call/api';
import { Notice } from '../../ui/Notice';
import { Composer } from '../../ui/written/Composer';
import { Log } from '../../ui/written/Log';
import { Reloaded } from '../../ui/written/Reloaded';
import { Taps } from '../../ui/written/Taps';
import { words } from '../../words';

export function Written({ view, text }: { readonly view: CallerView; readonly text: CallText }) {
  const { conversation, signalling } = view;
  const waiting = signalling === 'lost';
  return (
    <section class="panel panel--written" aria-labelledby="written">
      <h2 class="panel__title" id="written">
        {words.written.title}
      </h2>
      <p class="small">{words.written.lead}</p>
      <Taps text={text} open={conversation.open} />
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
