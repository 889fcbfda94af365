/** Whether the caller will be heard here: a sound over the chosen loudspeaker, and what the counsellor says of it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../../words/console';
import { strike } from '../ring';

type Result = 'untested' | 'asked' | 'heard' | 'unheard' | 'blocked';

export function Loudspeaker({ speaker }: { readonly speaker: string | undefined }) {
  const text = words.desk.loudspeaker;
  const [result, setResult] = useState<Result>('untested');
  const element = useRef<HTMLAudioElement>(null);
  const context = useRef<AudioContext | undefined>(undefined);
  useEffect(() => () => void context.current?.close().catch(() => undefined), []);
  // Another loudspeaker is another question.
  useEffect(() => setResult('untested'), [speaker]);

  const play = async (): Promise<void> => {
    const audio = element.current;
    if (!audio) return;
    try {
      context.current ??= new AudioContext();
      const out = new MediaStreamAudioDestinationNode(context.current);
      await context.current.resume();
      await audio.setSinkId?.(speaker ?? '').catch(() => undefined);
      audio.srcObject = out.stream;
      await audio.play();
      strike(context.current, context.current.currentTime, out);
      setResult('asked');
    } catch {
      setResult('blocked');
    }
  };

  return (
    <section class="panel" aria-labelledby="loudspeaker" data-loudspeaker={result}>
      <h2 class="panel__title" id="loudspeaker">
        {text.title}
      </h2>
      {/* biome-ignore lint/a11y/useMediaCaption: a sound without words */}
      <audio ref={element} />
      <p class="small" role="status">
        {text.is[result]}
      </p>
      <div class="buttons">
        {result === 'asked' && (
          <>
            <button type="button" class="button" data-act="heard" onClick={() => setResult('heard')}>
              {text.yes}
            </button>
            <button type="button" class="button" data-act="unheard" onClick={() => setResult('unheard')}>
              {text.no}
            </button>
          </>
        )}
        <button type="button" class="button" data-act="play" onClick={() => void play()}>
          {result === 'untested' ? text.test : text.again}
        </button>
      </div>
    </section>
  );
}
