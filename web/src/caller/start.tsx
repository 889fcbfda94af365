/** Puts the caller's page together around a call. The stories of the development pages come in here too. */
import { render } from 'preact';
import type { CallerCall } from '../call/api';
import { FALLBACK, type PageConfig, showPhone } from '../ui/config';
import { DrillBand } from '../ui/DrillBand';
import { words } from '../words';
import type { DrillTab } from './drill';
import { watchExit } from './exit';
import { Page } from './Page';
import { TroubleScreen } from './screens/TroubleScreen';

export interface StartOptions {
  /** Arrives when the server answers. Until then the page is as it is without JavaScript. */
  readonly config: Promise<PageConfig>;
  readonly openCall: (config: PageConfig) => CallerCall;
  /** Whether this tab is in a drill. */
  readonly drill: Pick<DrillTab, 'ticket' | 'take' | 'forget'>;
}

/** For so long the page waits for the configuration before it says that the service cannot be reached, milliseconds. */
const PATIENCE_MS = 6000;

/** In a sentence a number does not break across lines. */
const unbroken = (phone: string): string => phone.replaceAll(' ', '\u00a0');

export async function start({ config, openCall, drill }: StartOptions): Promise<void> {
  const root = document.getElementById('app');
  const link = document.querySelector<HTMLAnchorElement>('a[data-exit]');
  if (!root || !link) throw new Error('the page lacks #app or its exit link');

  let call: CallerCall | undefined;
  const toTheLine = (): void => {
    try {
      // What may be of the line is left alone.
      if (drill.ticket !== undefined) call?.leaveDrill();
    } finally {
      drill.forget();
      location.replace(location.pathname + location.search);
    }
  };
  // From the first moment, whatever the screen below it is.
  const mark = markDrill(toTheLine);
  mark(drill.ticket !== undefined);
  watchExit({
    link,
    onExit: () => {
      drill.forget();
      call?.exit();
    },
  });
  window.addEventListener('hashchange', () => {
    const phase = call?.view.state.phase;
    // A link that is opened while the page is there changes only the part after #. It takes nobody out of a queue or a call.
    const free = phase !== 'waiting' && phase !== 'connected';
    if (drill.take(location, history, free) && free) location.reload();
  });
  const impatient = setTimeout(() => {
    root.replaceChildren();
    render(
      <TroubleScreen
        trouble="server-unreachable"
        refusal={undefined}
        phone={unbroken(FALLBACK.phone)}
        onRetry={() => location.reload()}
        onClose={() => undefined}
      />,
      root,
    );
  }, PATIENCE_MS);

  const answer = await config;
  clearTimeout(impatient);
  link.href = answer.exit_url;
  showPhone(answer.phone);
  const opened = openCall(answer);
  call = opened;
  opened.subscribe(() => {
    mark(opened.view.drill);
    // A reload goes to the service itself.
    if (opened.view.trouble === 'drill-unsure') drill.forget();
  });
  opened.connect();
  root.replaceChildren();
  render(<Page call={opened} phone={unbroken(answer.phone)} onToTheLine={toTheLine} />, root);
}

/** Marks the whole page as a drill, its title too, or as none. */
function markDrill(onOut: () => void): (drill: boolean) => void {
  const place = document.createElement('div');
  place.className = 'drill-place';
  document.body.prepend(place);
  const { title } = document;
  const { label, title: name, lead, out, documentTitle } = words.drill;
  let marked = false;
  return (drill) => {
    if (drill === marked) return;
    marked = drill;
    document.title = drill ? documentTitle(title) : title;
    render(drill ? <DrillBand label={label} title={name} lead={lead} out={out} onOut={onOut} /> : null, place);
  };
}
