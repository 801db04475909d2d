import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows beyond what can be seen, so that scrolling finds them there. */
const SPARE = 12;

/**
 * Which rows of a long list can be seen, so that only those are made. All are of the same height, and the page itself scrolls.
 *
 * @returns a reference for the element that holds the rows; the first row to make, and the one after the last
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
  // What stands above may have grown with any news.
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
