/** Puts the caller's page together around a call. The stories of the development pages come in here too. */
import { render } from 'preact';
import type { CallerCall } from '../call/api';
import { FALLBACK, type PageConfig, showPhone } from '../ui/config';
import { watchExit } from './exit';
import { Page } from './Page';
import { TroubleScreen } from './screens/TroubleScreen';

export interface StartOptions {
  /** Arrives when the server answers. Until then the page is as it is without JavaScript. */
  readonly config: Promise<PageConfig>;
  readonly openCall: (config: PageConfig) => CallerCall;
}

/** For so long the page waits for the configuration before it says that the service cannot be reached, milliseconds. */
const PATIENCE_MS = 6000;

/** In a sentence a number does not break across lines. */
const unbroken = (phone: string): string => phone.replaceAll(' ', '\u00a0');

export async function start({ config, openCall }: StartOptions): Promise<void> {
  const root = document.getElementById('app');
  const link = document.querySelector<HTMLAnchorElement>('a[data-exit]');
  if (!root || !link) throw new Error('the page lacks #app or its exit link');

  let call: CallerCall | undefined;
  watchExit({ link, onExit: () => call?.exit() });
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
  call = openCall(answer);
  call.connect();
  root.replaceChildren();
  render(<Page call={call} phone={unbroken(answer.phone)} />, root);
}
