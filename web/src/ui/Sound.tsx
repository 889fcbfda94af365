/** Plays the far end. Where the browser waits for a tap first, shows one button. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { playThrough } from '../call/playback';

interface Props {
  readonly stream: MediaStream;
  readonly label: string;
  readonly why: string;
  /** The loudspeaker, where one was chosen. */
  readonly sink?: string | undefined;
}

export function Sound({ stream, label, why, sink }: Props) {
  const element = useRef<HTMLAudioElement>(null);
  const [blocked, setBlocked] = useState(false);

  const play = (): void => {
    if (element.current) void playThrough(element.current, stream).then((result) => setBlocked(result === 'blocked'));
  };

  useEffect(() => {
    // Before there is a stream: an element whose stream has no track yet refuses. One that was unplugged leaves the browser's own choice.
    if (sink !== undefined) void element.current?.setSinkId?.(sink).catch(() => undefined);
  }, [sink]);

  useEffect(() => {
    const audio = element.current;
    play();
    return () => {
      if (audio) audio.srcObject = null;
    };
  }, [stream]);

  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: a live conversation that must not be transcribed has no captions */}
      <audio ref={element} autoPlay data-far-end />
      {blocked && (
        <div class="notice">
          <p>{why}</p>
          <button type="button" class="button" onClick={play}>
            {label}
          </button>
        </div>
      )}
    </>
  );
}
