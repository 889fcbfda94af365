/** The caller's page around a fake call: `/?story=NAME`. Tests steer it through `window.story`. */

import { DrillTab } from '../src/caller/drill';
import { start } from '../src/caller/start';
import { fade, voices } from '../src/caller/tone';
import { FALLBACK } from '../src/ui/config';
import { callerStates } from './caller-states';
import { FakeCall } from './fake';

const name = new URLSearchParams(location.search).get('story') ?? 'start';
const view = callerStates[name];
if (!view) throw new Error(`no such story: ${name}`);
const call = new FakeCall(view);
Object.assign(window, { story: call, stories: Object.keys(callerStates), sounds: { voices, fade } });
if (name.startsWith('code')) {
  const press = setInterval(() => {
    const button = document.querySelector<HTMLButtonElement>('[data-have-code]');
    if (!button) return;
    clearInterval(press);
    button.click();
  }, 20);
}
const drill = new DrillTab(undefined);
if (view.drill) drill.take({ hash: '#drill=story', pathname: location.pathname, search: location.search }, history);
void start({ config: Promise.resolve(FALLBACK), openCall: () => call, drill });
