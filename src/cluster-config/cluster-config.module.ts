import { Module } from '@nestjs/common';
import { ClusterRegistry } from './cluster-registry.ts';

/**
 * Which clusters there are. A change of the registry takes this way:
 *
 * 1. `ClusterRegistry` hears of it from its watcher and compares content hashes (`registry-diff.ts`).
 * 2. New content is judged by `entry-checker.ts`: text to document, document to checked fields (one file per format),
 *    fields to an endpoint (`endpoint-builder.ts`).
 * 3. Accepted entries get a client, clients of changed and removed ones are closed.
 * 4. `cluster-config.changed` is emitted; storage-sync hears it.
 */
@Module({
  providers: [ClusterRegistry],
  exports: [ClusterRegistry],
})
export class ClusterConfigModule {}
