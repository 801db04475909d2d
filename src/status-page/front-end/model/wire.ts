import type { StatusUpdate } from '../../../health/status/live/status-update.ts';
import type { OverTheWire } from '../../../health/status/over-the-wire.ts';
import type { Status as ServiceStatus } from '../../../health/status/status.ts';

/** An event of the stream, as it arrives. */
export type Update = OverTheWire<StatusUpdate>;
/** What `api/v1/status` answers. */
export type Status = OverTheWire<ServiceStatus>;
/** What there is beside clusters and problems. */
export type Summary = Update['summary'] & Extended;
export type Problem = Update['problems']['set'][number];
export type ClusterFacts = Update['clusters']['set'][number] & Registered;
export type Transition = Update['transitions'][number];
export type State = ClusterFacts['state'];

/** Where a cluster is named. */
interface Registered {
  /** The registry that names it; absent where it is the Secret. */
  readonly registry?: string;
}

/** What extensions add. */
interface Extended {
  /** Registries beside the Secret. */
  readonly registries?: readonly {
    readonly name: string;
    readonly state: string;
    readonly entries: number;
  }[];
  readonly extensions?: readonly { readonly name: string }[];
}
