/** The microphone's test: which device, how loud, and oneself to hear where that is wanted. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { words } from '../../words/console';
import { watchLevel } from '../level';

/** From here on a voice is surely there, not only the room. */
const HEARD = 0.35;

type Test = 'off' | 'asking' | 'refused' | 'missing' | 'busy' | MediaStream;

interface Props {
  readonly desk: StaffDesk;
  /** The name of the microphone in use: when it changes, the test goes on with the new one. */
  readonly label: string | undefined;
}

export function Microphone({ desk, label }: Props) {
  const text = words.desk.microphone;
  const [test, setTest] = useState<Test>('off');
  const [heard, setHeard] = useState(false);
  const [hearing, setHearing] = useState(false);
  const bar = useRef<HTMLSpanElement>(null);
  const echo = useRef<HTMLAudioElement>(null);
  const stream = test instanceof MediaStream ? test : undefined;

  useEffect(() => {
    if (!stream) return;
    return watchLevel(stream, (level) => {
      bar.current?.style.setProperty('transform', `scaleX(${level.toFixed(3)})`);
      if (level > HEARD) setHeard(true);
    });
  }, [stream]);
  useEffect(() => {
    const audio = echo.current;
    if (!audio || !stream || !hearing) return;
    audio.srcObject = stream;
    void audio.play().catch(() => undefined);
    return () => {
      audio.pause();
      audio.srcObject = null;
    };
  }, [stream, hearing]);

  const testing = useRef(false);
  testing.current = stream !== undefined;
  useEffect(() => {
    if (!testing.current) return;
    setHeard(false);
    desk.microphone().then(setTest, (error: unknown) => setTest(refusalOf(error)));
  }, [label, desk]);

  const begin = (): void => {
    setTest('asking');
    setHeard(false);
    desk.microphone().then(setTest, (error: unknown) => setTest(refusalOf(error)));
  };
  const end = (): void => {
    setTest('off');
    setHearing(false);
  };

  return (
    <section class="panel" aria-labelledby="microphone">
      <h2 class="panel__title" id="microphone">
        {text.title}
      </h2>
      {/* biome-ignore lint/a11y/useMediaCaption: one's own voice */}
      <audio ref={echo} />
      {stream ? (
        <>
          <p class="small">{text.device(stream.getAudioTracks()[0]?.label || text.unnamed)}</p>
          <div class="level" aria-hidden="true">
            <span ref={bar} />
          </div>
          <p role="status" data-heard={heard}>
            {heard ? text.heard : text.speak}
          </p>
          <label class="tick">
            <input type="checkbox" checked={hearing} onChange={(event) => setHearing(event.currentTarget.checked)} />
            {text.hear}
          </label>
          <button type="button" class="button" onClick={end}>
            {text.stop}
          </button>
        </>
      ) : (
        <>
          <p class="small" role="status">
            {statusOf(test, heard)}
          </p>
          <button type="button" class="button" onClick={begin} disabled={test === 'asking'}>
            {text.test}
          </button>
        </>
      )}
    </section>
  );
}

function statusOf(test: Test, heard: boolean): string {
  const { microphone, trouble } = words.desk;
  switch (test) {
    case 'asking':
      return microphone.asking;
    case 'refused':
      return trouble['microphone-refused'].lead;
    case 'missing':
      return trouble['microphone-missing'].lead;
    case 'busy':
      return trouble['microphone-busy'].lead;
    default:
      return heard ? microphone.heard : microphone.untested;
  }
}

/** What a browser's refusal means. */
export function refusalOf(error: unknown): 'refused' | 'missing' | 'busy' {
  const name = error instanceof Error ? `${error.name} ${error.message}` : '';
  if (/NotFound|Overconstrained|missing/.test(name)) return 'missing';
  if (/NotReadable|Abort|busy/.test(name)) return 'busy';
  return 'refused';
}
