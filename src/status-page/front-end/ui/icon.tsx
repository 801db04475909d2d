import type { State } from '../model/wire.ts';

/** States differ by shape, not only by colour. */
const SHAPES: Readonly<Record<State | 'error' | 'warning', string>> = {
  synced: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM5 8.2l2.1 2.1L11 6.2',
  stale: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13ZM8 4.5V8l2.5 1.8',
  missing: 'M2.5 2.5h11v11h-11ZM5.5 8h5',
  rejected: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
  pending:
    'M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4',
  error: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM8 4.8v3.7M8 11v.2',
  warning: 'M8 2 15 14H1ZM8 6.5v3.2M8 11.8v.2',
};

/** Decorative: the state is always there as text, too. */
export function Icon({ name }: { name: keyof typeof SHAPES }) {
  return (
    <svg class={`icon tone-${name}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPES[name]} />
    </svg>
  );
}
