import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { afterSignOfLife, applyUpdate, type Fleet } from '../model/fleet.ts';
import { type Connection, LiveStatus } from '../model/live-status.ts';
import { formatView, parseView, type View } from '../model/view.ts';

const TICK_MS = 1_000;

/** The fleet, and the state of the connection to the exporter. */
export function useFleet(): { fleet: Fleet | undefined; connection: Connection } {
  const [fleet, setFleet] = useState<Fleet>();
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    let newest: Fleet | undefined;
    const live = new LiveStatus({
      update(update) {
        const after = applyUpdate(newest, update, Date.now());
        if (!after) return false;
        newest = after;
        setFleet(after);
        return true;
      },
      heard(clock) {
        if (!newest) return;
        newest = afterSignOfLife(newest, clock, Date.now());
        setFleet(newest);
      },
      connection: setConnection,
    });
    live.start();
    return () => live.stop();
  }, []);
  return { fleet, connection };
}

/** Our clock, updated every second while the page is visible. Milliseconds since the epoch. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    };
    const timer = setInterval(tick, TICK_MS);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, []);
  return now;
}

/** The view that the address holds, and a function that changes both. */
export function useView(): [View, (change: Partial<View>) => void] {
  const [view, setView] = useState(() => parseView(location.hash));
  useEffect(() => {
    const follow = () => setView(parseView(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const change = useCallback((part: Partial<View>) => {
    const next = { ...parseView(location.hash), ...part };
    // Typing must not fill the history.
    const method = 'query' in part ? 'replaceState' : 'pushState';
    history[method](undefined, '', formatView(next) || location.pathname + location.search);
    setView(next);
  }, []);
  return [view, change];
}

/**
 * Restores the focus when an update takes it away: an element loses it when it moves in the document.
 *
 * @param holder contains the elements that may have the focus
 * @param selector of the one that gets it back
 */
export function useKeptFocus(holder: RefObject<HTMLElement | null>, selector: string): void {
  const isInside = useRef(false);
  useEffect(() => {
    const note = ({ target }: Event) => {
      isInside.current = target instanceof Node && holder.current?.contains(target) === true;
    };
    document.addEventListener('focusin', note);
    document.addEventListener('pointerdown', note);
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('pointerdown', note);
    };
  }, []);
  useLayoutEffect(() => {
    if (isInside.current && document.activeElement === document.body)
      holder.current?.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  });
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = () => setMatches(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, [query]);
  return matches;
}
