import type { Settings } from '../../base/config/settings.ts';
import type { ObjectRefs } from '../../kube/hub/object-refs.ts';

/** How the exporter on the hub is set up, as far as a check needs to know it. */
export interface ExporterSetup {
  readonly settings: Settings;
  readonly refs: ObjectRefs;
}
