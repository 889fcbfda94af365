/** The window's title: which page it is, and before everything else whether it is a drill. */
import { useEffect } from 'preact/hooks';
import { useView } from '../ui/store';
import { words } from '../words/console';
import { usePractice } from './drill/practice';

export const titleOf = (title: string, drill: boolean): string => (drill ? words.desk.drill.titled(title) : title);

export function useTitle(title: string): void {
  const { on } = useView(usePractice());
  useEffect(() => {
    document.title = titleOf(title, on);
  }, [title, on]);
}
