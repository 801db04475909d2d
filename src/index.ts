/**
 * The public interface of the exporter: all that an extension may import. Within a major version it only grows.
 *
 * @packageDocumentation
 */

// Starting it, and being part of it.
export { type ExporterOptions, startExporter } from './start-exporter.ts';
export type { RunningExporter } from './run-exporter.ts';
export {
  defineExtension,
  type Extension,
  EXTENSION_API_VERSION,
  type ExtensionDefinition,
  type NestModule,
} from './base/extending/extension.ts';
export { Settings } from './base/config/settings.ts';
export * as settingTypes from './base/config/setting-types.ts';

// Modules to import what they export.
export { ClusterConfigModule } from './cluster-config/cluster-config.module.ts';
export { StorageSyncModule } from './storage-sync/storage-sync.module.ts';
export { HealthModule } from './health/health.module.ts';

// Registries: the port, and how entries are judged.
export {
  CONFIRM_REMOVAL_ANNOTATION,
  type RegistryEntry,
  type RegistrySize,
  type RegistrySnapshot,
  RegistrySource,
} from './cluster-config/registries/registry-source.ts';
export {
  type CollectionFormat,
  CollectionRegistry,
} from './cluster-config/registries/collection-registry.ts';
export {
  defineSecretsRegistry,
  secretOrigin,
  type SecretsFormat,
} from './cluster-config/registries/define-secrets-registry.ts';
export type {
  AcceptedEntry,
  EntryPolicy,
  EntryRefusal,
  EntryVerdict,
} from './cluster-config/entries/entry.ts';
export { refuseInvalid, refuseUnsafe } from './cluster-config/entries/entry.ts';
export {
  checkEntry,
  checkKubeconfig,
  MAX_ENTRY_BYTES,
  verdictOf,
} from './cluster-config/entries/entry-checker.ts';
export { type EntryDocument, readEntryDocument } from './cluster-config/entries/entry-document.ts';
export {
  type EntryFields,
  type FieldNames,
  fieldNames,
  type FieldRefusal,
  type FieldRule,
  type FieldTable,
  isAbsent,
  isMapping,
  optionalText,
  takeFields,
} from './cluster-config/entries/entry-fields.ts';
export { buildEndpoint } from './cluster-config/entries/endpoint-builder.ts';
export { type ClusterEndpoint, createClusterClient, type SharedParts } from './kube/http/cluster-client.ts';
export { CredentialsProvider, type ObtainedCredentials } from './kube/http/credentials-provider.ts';
export type { TlsOptions } from './kube/http/api-server-target.ts';

// Sources and the aggregate: the ports.
export { ContentTransform, type Transformed } from './storage-sync/keeping/content-transform.ts';
export { PayloadCheck } from './storage-sync/keeping/payload-check.ts';
export { SourceData } from './storage-sync/keeping/source-data.ts';
export {
  type ReadResult,
  SourceReader,
  type WatchOffer,
  type WatchResult,
} from './storage-sync/reading/source-reader.ts';
export type { ReadFailure } from './storage-sync/keeping/observation.ts';
export { encodeSource, type SourceContent } from './storage-sync/keeping/source-content.ts';
export { AggregateWriter } from './storage-sync/publishing/aggregate/aggregate-writer.ts';
export type { WritePlan } from './storage-sync/publishing/aggregate/write-plan.ts';
export { SECRET_LIMIT_BYTES } from './kube/objects/secret-limit.ts';
export { STORED_LIMIT_BYTES, storedBytes } from './storage-sync/publishing/aggregate/secret-size.ts';

// Objects on the hub that follow from the aggregate: the port.
export {
  type ForExisting,
  Output,
  type OutputKind,
  type PublishedContent,
  type WantedObject,
} from './storage-sync/publishing/outputs/output.ts';
export { fittingName, type NameRule } from './kube/objects/fitting-name.ts';
export { OUTPUT_LABEL } from './storage-sync/publishing/outputs/object-plan.ts';
export type { OutputStatus } from './storage-sync/publishing/outputs/output-status.ts';

// What is wrong, and how it is: the ports.
export { ProblemSource, type ReportedProblem } from './health/problems/problem-source.ts';
export { HealthSource } from './health/probes/health-source.ts';

// What is known, in memory and free to read.
export { ClusterRegistry } from './cluster-config/cluster-registry.ts';
export type { Cluster } from './cluster-config/cluster.ts';
export type { CredentialExpiry } from './cluster-config/credentials/credential-expiry.ts';
export type {
  RegistryState,
  RegistryStatus,
  RegistryView,
  RejectedEntry,
  ShadowedEntry,
} from './cluster-config/registries/registry-view.ts';
export { SyncView } from './storage-sync/sync-view.ts';
export type { ClusterRecord, ClusterState } from './storage-sync/keeping/cluster-record.ts';
export { Leadership, type LeadershipStatus, type Term } from './leader-election/leadership.ts';
export { NotLeadingError } from './leader-election/not-leading.error.ts';
export { StatusReporter } from './health/status/status.reporter.ts';
export type { ClusterStatus, ExtensionStatus, Status } from './health/status/status.ts';
export type { Problem, ProblemCode } from './health/problems/problem.ts';

// What happens, for `@OnEvent`.
export { ClusterConfigChangedEvent } from './cluster-config/cluster-config-changed.event.ts';
export { LeadershipChangedEvent } from './leader-election/leadership-changed.event.ts';
export { ClusterStateChangedEvent } from './storage-sync/keeping/cluster-state-changed.event.ts';
export { ContentChangedEvent } from './storage-sync/keeping/content-changed.event.ts';
export { HeldRemovalChangedEvent } from './storage-sync/keeping/held-removal-changed.event.ts';
export {
  PassEndedEvent,
  type ReadTrigger,
  SourceReadEvent,
  type SyncTrigger,
} from './storage-sync/reading/reading.events.ts';
export {
  AggregateUndoneEvent,
  AggregateWriteEvent,
  PublicationChangedEvent,
} from './storage-sync/publishing/publishing.events.ts';

// API servers: the hub, with what its Role grants, and clusters.
export { HubClient } from './kube/hub/hub-client.ts';
export { HubCredentials } from './kube/hub/hub-credentials.ts';
export { ObjectRefs } from './kube/hub/object-refs.ts';
export { ObjectsClashError } from './kube/hub/objects-clash.error.ts';
export { KubeClient, type KubeRequest } from './kube/http/kube-client.ts';
export {
  CollectionClient,
  type CollectionItem,
  type CollectionSelection,
  type CollectionSnapshot,
} from './kube/objects/collection-client.ts';
export { ObjectClient, type ObjectList, type WriteLimits } from './kube/objects/object-client.ts';
export {
  expectKind,
  objectField,
  type ObjectKind,
  type ObjectSnapshot,
  textField,
} from './kube/objects/object-kind.ts';
export {
  type ObjectMetadata,
  parseMetadata,
  SECRET_METADATA,
  textMap,
} from './kube/objects/object-metadata.ts';
export { collectionPath } from './kube/objects/object-path.ts';
export type { ObjectRef } from './kube/objects/object-ref.ts';
export { SecretClient, type SecretEdit } from './kube/objects/secret-client.ts';
export { SECRET, type SecretSnapshot } from './kube/objects/secret-snapshot.ts';
export { type NamedByToken, type TokenClaims, tokenClaims } from './kube/objects/token-claims.ts';
export type { CollectionObserver, WatchedCollection } from './kube/watching/collection-watcher.ts';
export { CollectionWatcher } from './kube/watching/collection-watcher.ts';
export {
  ObjectWatcher,
  type Sighting,
  type SightingObserver,
  type WatchStatus,
} from './kube/watching/object-watcher.ts';
export { ObjectWatcherFactory } from './kube/watching/object-watcher.factory.ts';
export { WatchBrokenError } from './kube/watching/watch-broken.error.ts';
export { KubeRequestError } from './kube/failures/kube-request.error.ts';
export { type FailureReason, type Reason, REASONS } from './kube/failures/reason.ts';

// Errors, time and spans.
export type { ErrorCode } from './base/errors/error-code.ts';
export { explain, type Explanation } from './base/errors/explanation.ts';
export { type ErrorParts, ExporterError, type SafeDetails } from './base/errors/exporter.error.ts';
export { Backoff, type BackoffLimits, HUB_BACKOFF } from './base/time/backoff.ts';
export { KeepingLoop, type LoopTask } from './base/time/keeping-loop.ts';
export { withTimeLimit } from './base/time/time-limit.ts';
export { TransferBudget } from './base/time/transfer-budget.ts';
export { inSpan, outsideSpans } from './base/tracing/in-span.ts';
