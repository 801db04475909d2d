import type { StatusUpdate } from '../../../health/status/live/status-update.ts';
import type { OverTheWire } from '../../../health/status/over-the-wire.ts';
import type { Status as ServiceStatus } from '../../../health/status/status.ts';

/** An event of the stream, as it arrives. */
export type Update = OverTheWire<StatusUpdate>;
/** What `api/v1/status` answers. */
export type Status = OverTheWire<ServiceStatus>;
/** What there is beside clusters and problems. */
export type Summary = Update['summary'];
export type Problem = Update['problems']['set'][number];
export type ClusterFacts = Update['clusters']['set'][number];
export type Transition = Update['transitions'][number];
export type State = ClusterFacts['state'];
