/** Who is at this desk, in which state, and how it is connected. */
import type { StaffView } from '../call/api';
import type { StaffState } from '../proto';
import { words } from '../words/console';

/** A state in a word or two. */
export function stateName(state: StaffState): string {
  return state.phase === 'paused' ? words.desk.strip.duties[state.why] : words.desk.state[state.phase];
}

interface Props {
  readonly view: StaffView;
  /** There is no desk behind this bar: no state to show. */
  readonly stopped: boolean;
  /** Not while one is in a call. */
  readonly onSignOut: (() => void) | undefined;
}

export function TopBar({ view, stopped, onSignOut }: Props) {
  const phase = view.state?.phase;
  return (
    <header class="bar">
      <p class="bar__name">{view.name ?? words.desk.title}</p>
      {!stopped && (phase !== undefined || view.role === undefined) && (
        <p class={`chip chip--${phase ?? 'none'}`}>{view.state ? stateName(view.state) : words.desk.state.signingIn}</p>
      )}
      <p class="bar__link" role="status" data-link={view.signalling}>
        {words.desk.link[view.signalling]}
      </p>
      {!stopped && onSignOut && (
        <button type="button" class="button button--quiet button--small" onClick={onSignOut}>
          {words.desk.signOut}
        </button>
      )}
    </header>
  );
}
