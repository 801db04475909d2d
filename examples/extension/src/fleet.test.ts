import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectRefs } from 'multi-cluster-config-exporter';
import {
  hubClientOf,
  outputContract,
  registrySourceContract,
  type RegistryRig,
  SandboxApiServer,
  silentWatchers,
} from 'multi-cluster-config-exporter/testing';
import { FleetSummary } from './fleet.output.js';
import { FleetRegistry } from './fleet.registry.js';

const SETTINGS = { CLUSTERS: 'fleet', READER: 'fleet-reader', SUMMARY: 'fleet-summary' };
const REFS = {
  registry: { namespace: 'default', name: 'multi-k8s-config' },
  aggregate: { namespace: 'default', name: 'multi-storage-config' },
} as ObjectRefs;

async function startRig(): Promise<RegistryRig> {
  const hub = await SandboxApiServer.start('hub');
  const client = hubClientOf(hub);
  const put = (kind: string, plural: string, name: string, data: object) =>
    hub.admin.must('PATCH', `/api/v1/namespaces/default/${plural}/${name}?fieldManager=test&force=true`, {
      body: { apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, data },
      contentType: 'application/apply-patch+yaml',
    });
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  await put('Secret', 'secrets', 'fleet-reader', {
    token: encoded('a-token'),
    'ca.crt': encoded(hub.authority.cert),
  });
  await put('ConfigMap', 'configmaps', 'fleet', {});
  return {
    source: new FleetRegistry(client, REFS, silentWatchers(), SETTINGS),
    hold: async (clusters) => {
      await put(
        'ConfigMap',
        'configmaps',
        'fleet',
        Object.fromEntries(clusters.map((name) => [name, hub.url])),
      );
    },
    stop: async () => {
      await client.close();
      await hub.stop();
    },
  };
}

describe('the fleet registry', () => {
  for (const { name, run } of registrySourceContract(startRig)) it(name, run);

  it('refuses an address that is not https, and a field that nobody knows', async () => {
    const { source, stop } = await startRig();
    const policy = { allowInsecureTls: false, allowProxy: false };
    for (const entry of [
      { server: 'http://east', token: 't' },
      { server: 'https://east', token: 't', exec: {} },
    ]) {
      const verdict = source.judge({ name: 'east', content: JSON.stringify(entry) }, policy);
      assert.ok('refused' in verdict);
    }
    await stop();
  });
});

describe('the fleet summary', () => {
  for (const { name, run } of outputContract(() => new FleetSummary(REFS, SETTINGS))) it(name, run);
});
