/** One key for each act. Only plain presses count, never while one writes, and they can be switched off (WCAG 2.1.4). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

export type KeyMap = Readonly<Record<string, () => void>>;

/** Whether a press is meant for the desk and not for what has the focus or for the browser. */
export function isPlain(event: KeyboardEvent): boolean {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return false;
  const target = event.target;
  return !(
    target instanceof HTMLElement &&
    target.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]')
  );
}

/** Follows the keyboard while `on`. Keys are lower-case letters. */
export function useKeys(map: KeyMap, on: boolean): void {
  const present = useRef(map);
  present.current = map;
  useLayoutEffect(() => {
    if (!on) return;
    const press = (event: KeyboardEvent): void => {
      const act = isPlain(event) ? present.current[event.key.toLowerCase()] : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [on]);
}

const ITEM = 'console.keys';

/** Whether single keys are wanted on this device. They are until somebody switches them off. */
export function keptKeys(storage: Pick<Storage, 'getItem'> = localStorage): boolean {
  try {
    return storage.getItem(ITEM) !== 'off';
  } catch {
    return true;
  }
}

/** Remembers the switch, on this device only. */
export function keepKeys(on: boolean, storage: Pick<Storage, 'setItem' | 'removeItem'> = localStorage): void {
  try {
    if (on) storage.removeItem(ITEM);
    else storage.setItem(ITEM, 'off');
  } catch {
    // A browser that refuses to store asks again after a reload.
  }
}

/** The switch, and how it is turned. */
export function useKeySwitch(): readonly [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(() => keptKeys());
  const turn = (next: boolean): void => {
    keepKeys(next);
    setOn(next);
  };
  return [on, turn];
}
