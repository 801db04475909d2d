import { describe, expect, it } from 'vitest';
import { PrimusLensPayloadCheck } from '../../src/storage-sync/keeping/payload-check.ts';
import { SecretRegistry } from '../../src/cluster-config/registries/secret-registry.ts';
import { RegistrySource } from '../../src/index.ts';
import type { ObjectRefs } from '../../src/kube/hub/object-refs.ts';
import { SandboxApiServer } from '../sandbox/sandbox-api-server.ts';
import { primusLensEntry } from '../support/entries.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { hubClientOf, silentWatchers } from './sandbox-hub.ts';
import { payloadCheckContract } from './payload-check.contract-cases.ts';
import { registrySourceContract, type RegistryRig } from './registry-source.contract-cases.ts';

async function startSecretRegistry(): Promise<RegistryRig> {
  const hub = await SandboxApiServer.start('hub');
  const client = hubClientOf(hub);
  const registry = { namespace: 'default', name: 'multi-k8s-config' };
  const source = new SecretRegistry({ registry } as ObjectRefs, client, silentWatchers());
  const editor = new SecretEditor(hub.admin, registry.name);
  const entries = new Map<string, string>();
  await editor.create({});
  return {
    source,
    hold: async (clusters) => {
      const changes: Record<string, string | null> = {};
      for (const name of entries.keys()) if (!clusters.includes(name)) changes[name] = null;
      for (const name of clusters)
        if (!entries.has(name))
          changes[name] = primusLensEntry({ server: hub.url, ca: hub.authority.cert, token: name });
      for (const [name, entry] of Object.entries(changes))
        if (entry === null) entries.delete(name);
        else entries.set(name, entry);
      await editor.edit(changes);
    },
    stop: async () => {
      await client.close();
      await hub.stop();
    },
  };
}

describe('the registry that is a Secret', () => {
  for (const { name, run } of registrySourceContract(startSecretRegistry)) it(name, run);
});

describe('the check for Primus-Lens', () => {
  for (const { name, run } of payloadCheckContract(() => new PrimusLensPayloadCheck())) it(name, run);
});

describe('the contract of a registry source', () => {
  it('finds out one that tells nothing', async () => {
    class Silent extends RegistrySource {
      override readonly name = 'silent';
      override readonly where = 'nowhere';
      override readonly watch = { connected: true, since: new Date(), listed: true };
      override start(): void {}
      override async stop(): Promise<void> {}
      override refresh(): Promise<boolean> {
        return Promise.resolve(true);
      }
      override judge() {
        return { refused: { reason: 'invalid_entry' as const, message: 'No.', remedy: 'None.' } };
      }
    }
    const rig = { source: new Silent(), hold: async () => {}, stop: async () => {} };
    const cases = registrySourceContract(() => Promise.resolve(rig));

    const looks = cases.find(({ name }) => name.startsWith('can be stopped'));
    await looks?.run();
    const usable = cases.find(({ name }) => name.startsWith('accepts usable'));
    await expect(usable?.run()).rejects.toThrow();
  });
});
