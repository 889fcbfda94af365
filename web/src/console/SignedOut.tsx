/** Signing in, or why the desk is not open. */
import type { Trouble } from '../call/api';
import { Screen } from '../ui/Screen';
import { words } from '../words/console';

interface Props {
  readonly trouble: Trouble | undefined;
  readonly refusal: string | undefined;
  readonly onReload: () => void;
}

export function SignedOut({ trouble, refusal, onReload }: Props) {
  if (trouble === undefined) {
    return (
      <>
        <h1 class="visually-hidden">{words.desk.title}</h1>
        <p class="lead" role="status" data-screen="signing-in">
          {words.desk.state.signingIn}…
        </p>
      </>
    );
  }
  const { title, lead } = words.desk.trouble[trouble];
  return (
    <Screen name={`trouble-${trouble}`} title={title}>
      <p class="lead">{lead}</p>
      {refusal !== undefined && <p class="small">{words.desk.refusal(refusal)}</p>}
      {trouble !== 'no-encryption' && (
        <p>
          <button type="button" class="button" onClick={onReload}>
            {trouble === 'taken-over' ? words.desk.useThisTab : words.desk.retry}
          </button>
        </p>
      )}
    </Screen>
  );
}
