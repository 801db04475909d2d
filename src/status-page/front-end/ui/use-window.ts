import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Extra rows above and below, so that they are there when one scrolls. */
const SPARE = 12;

/**
 * Which rows of a long list are visible. All have the same height, and the page itself scrolls.
 *
 * @returns a reference for the element that contains the rows; the first visible row, and the one after the last
 */
export function useWindow(rows: number, rowHeight: number) {
  const holder = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState({ first: 0, end: 40 });
  const look = () => {
    const top = holder.current?.getBoundingClientRect().top ?? 0;
    const first = Math.max(0, Math.floor(-top / rowHeight) - SPARE);
    const end = Math.ceil((innerHeight - top) / rowHeight) + SPARE;
    setRange((before) => (before.first === first && before.end === end ? before : { first, end }));
  };
  // Any update may change the height of what is above.
  useLayoutEffect(look);
  useEffect(() => {
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [rowHeight]);
  return { holder, first: Math.min(range.first, rows), end: Math.min(Math.max(range.end, 0), rows) };
}
