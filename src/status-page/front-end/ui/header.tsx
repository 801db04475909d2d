import type { Fleet } from '../model/fleet.ts';
import type { Connection } from '../model/live-status.ts';
import { clockTime, visible } from '../model/text.ts';

/** Which exporter this is, and whether the data is current. */
export function Header({
  fleet,
  connection,
  now,
}: {
  fleet: Fleet | undefined;
  connection: Connection;
  now: number;
}) {
  const { text, detail } = describe(connection, fleet, now);
  return (
    <header class="header">
      <div class="brand">
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
          <path d="M8 8l5 5M24 8l-5 5M16 27v-6" />
          <circle cx="16" cy="16" r="5.5" />
          <circle cx="6.5" cy="6.5" r="3.5" />
          <circle cx="25.5" cy="6.5" r="3.5" />
          <circle cx="16" cy="28" r="3.5" />
        </svg>
        <span class="name">Multi-cluster config exporter</span>
        {fleet && <span class="hub">{visible(fleet.summary.hub.server.replace(/^https:\/\//, ''))}</span>}
      </div>
      <p class={`connection ${connection}`} role="status">
        <span class="dot" aria-hidden="true" />
        {text}
        {detail !== undefined && <span class="detail"> {detail}</span>}
      </p>
    </header>
  );
}

function describe(
  connection: Connection,
  fleet: Fleet | undefined,
  now: number,
): { text: string; detail?: string } {
  const since = fleet && `data of ${clockTime(fleet.heardAtMs, now)}`;
  switch (connection) {
    case 'live':
      return { text: 'Live' };
    case 'connecting':
      return { text: 'Connecting' };
    case 'polled':
      return { text: 'Not live', ...(since && { detail: since }) };
    case 'lost':
      return { text: 'Not connected', ...(since && { detail: since }) };
  }
}
