import { Module } from '@nestjs/common';
import { ClusterRegistry } from './cluster-registry.ts';
import { SecretRegistry } from './registries/secret-registry.ts';

/**
 * Which clusters there are. A change of a registry takes this way:
 *
 * 1. A `RegistrySource` tells what its registry holds: `SecretRegistry`, or one of an extension.
 * 2. `ClusterRegistry` takes all registries together and compares the result with what was known (`registry-diff.ts`).
 * 3. New content is judged by the source, usually through `entry-checker.ts`: text to document, document to checked fields
 *    (one table per format), fields to an endpoint (`endpoint-builder.ts`).
 * 4. What comes of that is applied: accepted entries get a client in `Clusters`, those of changed and removed ones are closed.
 * 5. `cluster-config.changed` is emitted; storage-sync hears it.
 */
@Module({
  providers: [SecretRegistry, ClusterRegistry],
  exports: [ClusterRegistry],
})
export class ClusterConfigModule {}
