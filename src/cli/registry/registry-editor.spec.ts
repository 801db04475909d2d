import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SandboxApiServer } from '../../../test/sandbox/sandbox-api-server.ts';
import { SecretEditor } from '../../../test/support/secret-editor.ts';
import { KubeClient } from '../../kube/http/kube-client.ts';
import type { ObjectRefs } from '../../kube/hub/object-refs.ts';
import { RegistryEditor } from './registry-editor.ts';
import { RegistryUncertainError } from './registry-uncertain.error.ts';

const NAME = 'multi-k8s-config';

describe('RegistryEditor', () => {
  let hub: SandboxApiServer;
  let client: KubeClient;
  let registry: SecretEditor;
  let editor: RegistryEditor;

  beforeEach(async () => {
    hub = await SandboxApiServer.start('hub');
    const token = randomBytes(16).toString('hex');
    hub.authorizer.addAdmin(token);
    const credentials = { tls: { ca: hub.authority.cert }, headers: { Authorization: `Bearer ${token}` } };
    client = new KubeClient({
      server: new URL(hub.url),
      connections: 1,
      streamsTakeConnection: true,
      connectTimeoutMs: 1_000,
      credentials: () => credentials,
    });
    registry = new SecretEditor(hub.admin, NAME);
    const refs = { registry: { namespace: 'default', name: NAME } } as ObjectRefs;
    editor = new RegistryEditor({ client, refs } as ConstructorParameters<typeof RegistryEditor>[0]);
  });

  afterEach(async () => {
    await client.close();
    await hub.stop();
  });

  const data = async () => Object.fromEntries(await registry.data());
  /** Has somebody else change an entry just before each write of ours, as often as this. */
  const outrun = (times: number, change: (turn: number) => void) => {
    let turns = 0;
    hub.faults.inject(
      { kind: 'delay', ms: 0 },
      {
        when: ({ method }) => {
          if (method === 'PATCH' && turns < times) change(++turns);
          return false;
        },
      },
    );
  };

  it('creates the registry with the one entry', async () => {
    await editor.edit('east', () => 'entry');

    expect(await data()).toEqual({ east: 'entry' });
  });

  it('writes and removes the one entry, whatever its name, and touches no other', async () => {
    await registry.create({ other: 'kept' });
    await editor.edit('constructor', () => 'entry');
    await editor.edit('east', () => 'entry');
    await editor.edit('east', () => null);

    expect(await data()).toEqual({ other: 'kept', constructor: 'entry' });
  });

  it('decides again when somebody else was faster, on what is there then', async () => {
    await registry.create({ east: 'one' });
    outrun(2, (turn) => hub.editSecret(NAME, { east: `theirs ${turn}`, [`more-${turn}`]: 'theirs' }));
    const seen: (string | undefined)[] = [];
    await editor.edit('east', (current) => {
      seen.push(current);
      return 'ours';
    });

    expect(seen).toEqual(['one', 'theirs 1', 'theirs 2']);
    expect(await data()).toEqual({ east: 'ours', 'more-1': 'theirs', 'more-2': 'theirs' });
  });

  it('writes nothing when the decision is taken back', async () => {
    await registry.create({ east: 'one' });
    outrun(1, () => hub.editSecret(NAME, { east: 'theirs' }));
    const change = editor.edit('east', (current) => {
      if (current !== 'one') throw new Error('somebody else changed it');
      return 'ours';
    });

    await expect(change).rejects.toThrow('somebody else changed it');
    expect(await data()).toEqual({ east: 'theirs' });
  });

  it('gives up on a registry that never rests', async () => {
    await registry.create({ east: 'one' });
    outrun(100, (turn) => hub.editSecret(NAME, { other: `turn ${turn}` }));

    await expect(editor.edit('east', () => 'ours')).rejects.toThrow(
      'is being changed all the time; try again',
    );
    expect((await data()).east).toBe('one');
  });

  it.each(['drop-answer', 'hang-answer'] as const)(
    'takes a write for done that was carried out, though its answer was lost (%s)',
    async (kind) => {
      await registry.create({ east: 'one' });
      hub.faults.inject({ kind }, { when: ({ method }) => method === 'PATCH', times: 1 });
      const seen: (string | undefined)[] = [];
      await editor.edit('east', (current) => {
        seen.push(current);
        return 'ours';
      });

      expect(seen).toEqual(['one']);
      expect(await data()).toEqual({ east: 'ours' });
    },
    30_000,
  );

  it('writes again when a write was not carried out', async () => {
    await registry.create({ east: 'one', other: 'kept' });
    hub.faults.inject(
      { kind: 'status', status: 503 },
      { when: ({ method }) => method === 'PATCH', times: 2 },
    );
    await editor.edit('east', () => 'ours');

    expect(await data()).toEqual({ east: 'ours', other: 'kept' });
  });

  it('says that nobody can tell, when the hub is gone after a write', async () => {
    await registry.create({ east: 'one' });
    hub.faults.inject({ kind: 'drop' }, { when: ({ method }) => method === 'PATCH' });
    let reads = 0;
    hub.faults.inject({ kind: 'drop' }, { when: ({ method }) => method === 'GET' && ++reads > 1 });

    await expect(editor.edit('east', () => 'ours')).rejects.toThrow(RegistryUncertainError);
  });

  it('says that the namespace does not exist', async () => {
    hub.faults.inject(
      { kind: 'status', status: 404, body: '{"kind":"Status","reason":"NotFound"}' },
      { when: ({ method }) => method === 'POST' },
    );

    await expect(editor.edit('east', () => 'ours')).rejects.toThrow(
      'The namespace default does not exist on the hub',
    );
  });

  it('does not take a refusal for an accident', async () => {
    await registry.create({ east: 'one' });
    hub.faults.inject({ kind: 'status', status: 403 }, { when: ({ method }) => method === 'PATCH' });

    await expect(editor.edit('east', () => 'ours')).rejects.toThrow(
      'Writing the registry default/multi-k8s-config on the hub is forbidden',
    );
  });
});
