/** A tab's storage under names of its own: what is kept of a drill never meets what is kept of the line. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export function apart(storage: TabStorage | undefined): TabStorage | undefined {
  return (
    storage && {
      getItem: (item) => storage.getItem(nameOf(item)),
      setItem: (item, value) => storage.setItem(nameOf(item), value),
      removeItem: (item) => storage.removeItem(nameOf(item)),
    }
  );
}

const nameOf = (item: string): string => `drill-${item}`;
