/** The caller's page: follows the call, chooses the screen, keeps the tone, tells a screen reader what changed. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CallerCall, CallerView } from '../call/api';
import { Screen } from '../ui/Screen';
import { useView } from '../ui/store';
import { words } from '../words';
import { announcement, lost } from './announce';
import { isAccompanied, leadOf, type Screen as Shown, screenOf } from './screen';
import { Ended } from './screens/Ended';
import { Closed, Start } from './screens/Start';
import { Talking } from './screens/Talking';
import { TroubleScreen } from './screens/TroubleScreen';
import { Breath, type ToneControl, Waiting } from './screens/Waiting';
import { Tone } from './tone';

interface Props {
  readonly call: CallerCall;
  readonly phone: string;
}

export function Page({ call, phone }: Props) {
  const view = useView(call);
  const [joining, setJoining] = useState(false);
  const [left, setLeft] = useState(false);
  const leaving = useRef(Promise.resolve());
  const offered = useRef(false);
  if (view.onShift) offered.current = true;
  const screen = screenOf(view, { joining, left, offered: offered.current });
  const tone = useTone(wantsTone(screen, view));
  const said = useAnnouncement(view);
  const name = useLastName(screen);

  const join = (): void => {
    tone.set(true);
    setJoining(true);
    call
      .join()
      // What went wrong is in the view's `trouble`.
      .catch(() => undefined)
      .finally(() => setJoining(false));
  };
  const leave = (): void => {
    setLeft(true);
    leaving.current = call.leave().catch(() => undefined);
  };
  const again = (): void => {
    tone.set(true);
    setJoining(true);
    void leaving.current.then(() => {
      setLeft(false);
      join();
    });
  };
  const retry = (): void => {
    if (view.trouble === 'server-unreachable') call.connect();
    else join();
  };

  return (
    <>
      <p class="visually-hidden" role="status" data-said>
        {said}
      </p>
      {render()}
    </>
  );

  function render() {
    switch (screen.kind) {
      case 'start':
        return <Start phone={phone} onShift={screen.onShift} onTalk={join} />;
      case 'closed':
        return <Closed phone={phone} onTalk={join} />;
      case 'asking':
        return (
          <Screen name="asking" title={words.start.asking.title}>
            <div class="place">
              <Breath />
              <p class="lead">{words.start.asking.lead}</p>
            </div>
          </Screen>
        );
      case 'waiting':
        return (
          <Waiting
            screen={screen}
            phone={phone}
            lost={lost(view)}
            trouble={view.trouble}
            tone={tone}
            onLeave={leave}
            onMicrophone={join}
          />
        );
      case 'joining':
        return (
          <Screen name="joining" title={words.joining.title}>
            <div class="place">
              <Breath />
              <p class="lead">{words.joining.lead}</p>
            </div>
            <div class="buttons">
              <button type="button" class="button button--quiet" onClick={leave} data-leave>
                {words.call.leave}
              </button>
            </div>
          </Screen>
        );
      case 'call':
        return (
          <Talking
            view={view}
            others={screen.others}
            audio={call.audio}
            phone={phone}
            onMute={(muted) => call.setMuted(muted)}
            onLeave={leave}
            onMicrophone={join}
          />
        );
      case 'ended':
        return <Ended by={screen.by} name={name} phone={phone} onAgain={again} />;
      case 'trouble':
        return (
          <TroubleScreen
            trouble={screen.trouble}
            refusal={view.refusal}
            phone={phone}
            onRetry={retry}
            onClose={leave}
          />
        );
    }
  }
}

/** Never silence: from the queue until the counsellor is heard, while they talk beside the call, and while the sound of a call is lost. */
function wantsTone(screen: Shown, view: CallerView): boolean {
  switch (screen.kind) {
    case 'waiting':
    case 'joining':
      return true;
    case 'call':
      return !view.hearing || view.media === 'lost' || !isAccompanied(screen.others);
    default:
      return false;
  }
}

function useTone(wanted: boolean): ToneControl {
  const [on, setOn] = useState(true);
  const [blocked, setBlocked] = useState(false);
  const tone = useMemo(() => new Tone(setBlocked), []);
  useEffect(() => () => tone.close(), [tone]);
  useEffect(() => tone.play(wanted && on), [tone, wanted, on]);
  return {
    on,
    blocked,
    set(next) {
      if (next) tone.unlock();
      setOn(next);
    },
  };
}

function useAnnouncement(view: CallerView): string {
  const before = useRef(view);
  const [said, setSaid] = useState('');
  useLayoutEffect(() => {
    const text = announcement(before.current, view);
    before.current = view;
    if (text !== undefined) setSaid(text);
  }, [view]);
  return said;
}

/** The name of the last person that the caller was with, for the words after the call. */
function useLastName(screen: Shown): string | undefined {
  const name = useRef<string | undefined>(undefined);
  if (screen.kind === 'call') name.current = leadOf(screen.others)?.name;
  return name.current;
}
