/** A talk that was promised: when, and the words to come back with. The only copy is on this screen. */
import type { FollowUp } from '../../call/api';
import { words } from '../../words';

interface Props {
  readonly followUp: FollowUp;
  readonly name: string | undefined;
  /** The call is over: soon nothing shows it any more. */
  readonly over?: boolean;
}

export function Promised({ followUp, name, over = false }: Props) {
  const text = words.promised;
  return (
    <section class="panel promised" aria-labelledby="promised">
      <h2 class="panel__title" id="promised">
        {text.title(name || undefined)}
      </h2>
      <p>{text.when(followUp.at)}</p>
      <p class="code" data-code translate={false} lang="en">
        {followUp.code}
      </p>
      <p>{text.how}</p>
      <p class="small">{over ? text.onlyHere : text.kept}</p>
    </section>
  );
}
