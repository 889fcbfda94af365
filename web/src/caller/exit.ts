/**
 * *Exit this page*: by its link or by the Shift key pressed three times. Ends the call, blanks the page at once, and replaces it with a
 * page that says nothing of this service. The link works without this script; the model is govuk-frontend's component of that name.
 */
import { words } from '../words';

/** The presses must follow each other within this time, milliseconds. */
const WINDOW_MS = 5000;

export interface ExitOptions {
  /** The link in the page's frame. */
  readonly link: HTMLAnchorElement;
  /** Ends the call without waiting. Runs before anything leaves the page. */
  readonly onExit: () => void;
  /** Leaves the page; replaced in tests. */
  readonly go?: (address: string) => void;
}

/** Listens; returns a function that stops it. */
export function watchExit({ link, onExit, go = (address) => location.replace(address) }: ExitOptions): () => void {
  const status = document.createElement('span');
  status.setAttribute('role', 'status');
  status.className = 'visually-hidden';
  const lights = document.createElement('span');
  lights.className = 'exit__lights';
  lights.setAttribute('aria-hidden', 'true');
  for (let i = 0; i < 3; i++) lights.append(document.createElement('span'));
  link.append(lights);
  link.after(status);

  let presses = 0;
  let modified = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ghost: HTMLElement | undefined;

  const show = (text: string): void => {
    status.textContent = text;
    lights.classList.toggle('exit__lights--shown', presses > 0);
    [...lights.children].forEach((light, i) => {
      light.classList.toggle('exit__light--on', i < presses);
    });
  };
  const forget = (text: string): void => {
    clearTimeout(timer);
    timer = undefined;
    presses = 0;
    show(text);
  };
  const leave = (): void => {
    forget('');
    document.body.classList.add('is-leaving');
    ghost = document.createElement('div');
    ghost.className = 'exit__ghost';
    ghost.setAttribute('role', 'alert');
    ghost.textContent = words.exit.leaving;
    document.body.append(ghost);
    document.title = words.exit.leaving;
    try {
      onExit();
    } finally {
      go(link.href);
    }
  };
  const onClick = (event: MouseEvent): void => {
    event.preventDefault();
    leave();
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Shift' && !modified) {
      presses += 1;
      if (presses >= 3) {
        leave();
        return;
      }
      show(presses === 1 ? words.exit.twoMore : words.exit.oneMore);
      clearTimeout(timer);
      timer = setTimeout(() => forget(words.exit.expired), WINDOW_MS);
    } else if (presses > 0 && event.key !== 'Shift') {
      forget('');
    }
    modified = event.shiftKey;
  };
  // Back from the other page: a page kept by the browser must not show the call again, so it begins anew.
  const onShow = (event: PageTransitionEvent): void => {
    if (!ghost) return;
    if (event.persisted) location.reload();
    document.body.classList.remove('is-leaving');
    ghost.remove();
    ghost = undefined;
  };

  link.addEventListener('click', onClick);
  document.addEventListener('keyup', onKey, true);
  window.addEventListener('pageshow', onShow);
  return () => {
    clearTimeout(timer);
    lights.remove();
    status.remove();
    link.removeEventListener('click', onClick);
    document.removeEventListener('keyup', onKey, true);
    window.removeEventListener('pageshow', onShow);
  };
}
