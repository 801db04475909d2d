/**
 * For the tests of extensions: API servers in memory, and what implementations of the ports have to keep to.
 *
 * @packageDocumentation
 */

export { SandboxApiServer, type SandboxOptions } from '../sandbox/sandbox-api-server.ts';
export type { ApiClient, KubeObject } from '../support/api-client.ts';
export { aggregateWriterContract, type AggregateWriterRig } from './aggregate-writer.contract-cases.ts';
export type { ContractCase } from './contract-case.ts';
export { contentTransformContract } from './content-transform.contract-cases.ts';
export { outputContract } from './output.contract-cases.ts';
export { payloadCheckContract } from './payload-check.contract-cases.ts';
export { registrySourceContract, type RegistryRig } from './registry-source.contract-cases.ts';
export { sourceReaderContract, type SourceReaderRig } from './source-reader.contract-cases.ts';
export { hubClientOf, silentWatchers } from './sandbox-hub.ts';
