/** After a reload: what was written before is not here, and what may not have arrived. */
import type { ConversationView } from '../../call/text/conversation';
import { words } from '../../words';

export function Reloaded({ before }: Pick<ConversationView, 'before'>) {
  if (!before?.wrote) return null;
  return (
    <p class="small" data-reloaded>
      {words.written.reloaded} {before.unsent > 0 && words.written.lost(before.unsent)}
    </p>
  );
}
