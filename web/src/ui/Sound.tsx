/** Plays the far end. Where the browser waits for a tap first, shows one button. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { playThrough } from '../call/playback';

interface Props {
  readonly stream: MediaStream;
  readonly label: string;
  readonly why: string;
}

export function Sound({ stream, label, why }: Props) {
  const element = useRef<HTMLAudioElement>(null);
  const [blocked, setBlocked] = useState(false);

  const play = (): void => {
    if (element.current) void playThrough(element.current, stream).then((result) => setBlocked(result === 'blocked'));
  };

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
