/** The caller's page: follows the call, chooses the screen, keeps the tone, tells a screen reader what changed. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CallerCall, CallerView } from '../call/api';
import { undelivered } from '../call/text/conversation';
import type { DropPlan } from '../call/text/message';
import { Screen } from '../ui/Screen';
import { useView } from '../ui/store';
import { words } from '../words';
import { announcement, lost } from './announce';
import { isAccompanied, leadOf, type Screen as Shown, screenOf } from './screen';
import { Code } from './screens/Code';
import { Ended } from './screens/Ended';
import { Closed, Start } from './screens/Start';
import { Talking } from './screens/Talking';
import { TroubleScreen } from './screens/TroubleScreen';
import { Breath, type ToneControl, Waiting } from './screens/Waiting';
import { Tone } from './tone';

interface Props {
  readonly call: CallerCall;
  readonly phone: string;
  /** Out of a drill, or of what may be one. */
  readonly onToTheLine: () => void;
}

export function Page({ call, phone, onToTheLine }: Props) {
  const view = useView(call);
  const [joining, setJoining] = useState(false);
  const [left, setLeft] = useState(false);
  const [coding, setCoding] = useState(false);
  const leaving = useRef(Promise.resolve());
  const offered = useRef(false);
  if (view.onShift) offered.current = true;
  const screen = screenOf(view, { joining, left, offered: offered.current, coding });
  const tone = useTone(wantsTone(screen, view));
  const said = useAnnouncement(view);
  const last = useLastCall(screen, view);

  const begin = (joined: Promise<void>): void => {
    tone.set(true);
    setJoining(true);
    joined
      // What went wrong is in the view's `trouble`.
      .catch(() => undefined)
      .finally(() => setJoining(false));
  };
  const join = (code?: string): void => {
    if (code === undefined) setCoding(false);
    begin(call.join(code));
  };
  const talk = (): void => join();
  const write = (): void => begin(call.joinSilently());
  const come = (): void => {
    setLeft(false);
    setCoding(true);
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
    if (view.trouble === 'no-drill' || view.trouble === 'drill-unsure') onToTheLine();
    else if (view.trouble === 'server-unreachable') call.connect();
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
        return <Start phone={phone} onShift={screen.onShift} onTalk={talk} onWrite={write} onCode={come} />;
      case 'closed':
        return <Closed phone={phone} onTalk={talk} onCode={come} />;
      case 'code':
        return (
          <Code
            refused={view.codeRefused}
            onCome={join}
            onNew={talk}
            onForget={(code) => call.forgetCode(code)}
            onBack={() => setCoding(false)}
          />
        );
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
            onMicrophone={talk}
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
            text={call.text}
            phone={phone}
            onMute={(muted) => call.setMuted(muted)}
            onLeave={leave}
            onMicrophone={talk}
          />
        );
      case 'ended':
        return <Ended by={screen.by} {...last} phone={phone} followUp={view.followUp} onAgain={again} />;
      case 'trouble':
        return (
          <TroubleScreen
            trouble={screen.trouble}
            refusal={view.refusal}
            phone={phone}
            onRetry={retry}
            onWrite={write}
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

/** Of the last call: with whom it was, what was agreed, and how much of what was written did not arrive. For the words after it. */
interface LastCall {
  readonly name: string | undefined;
  readonly plan: DropPlan | null;
  readonly unsent: number;
}

function useLastCall(screen: Shown, { conversation }: CallerView): LastCall {
  const last = useRef<LastCall>({ name: undefined, plan: null, unsent: 0 });
  if (screen.kind === 'call') {
    const { lines, plan } = conversation;
    last.current = { name: leadOf(screen.others)?.name, plan, unsent: undelivered(lines) };
  }
  // A call that was never answered has nothing of the one before.
  if (screen.kind === 'waiting') last.current = { name: undefined, plan: null, unsent: 0 };
  return last.current;
}
