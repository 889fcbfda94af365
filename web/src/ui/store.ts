/** Follows an object of the call layer: a `view` that is replaced whole, and a `subscribe`. */
import { useEffect, useState } from 'preact/hooks';

interface Source<V> {
  readonly view: V;
  subscribe(listener: () => void): () => void;
}

/** The source's present view; renders again after each change. */
export function useView<V>(source: Source<V>): V {
  const [view, setView] = useState(source.view);
  useEffect(() => {
    const follow = (): void => setView(() => source.view);
    follow();
    return source.subscribe(follow);
  }, [source]);
  return view;
}
