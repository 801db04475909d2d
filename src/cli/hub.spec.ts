import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kubeconfigFor } from '../../test/support/exporter-process.ts';
import { accessHub } from './hub.ts';
import { Terminal } from './terminal.ts';

// Every pod has this file, and only there can it be.
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  const readFileSync = (...args: Parameters<typeof fs.readFileSync>) =>
    args[0] === '/var/run/secrets/kubernetes.io/serviceaccount/namespace' ? 'ci\n' : fs.readFileSync(...args);
  return { ...fs, readFileSync: readFileSync as typeof fs.readFileSync };
});

describe('the namespace of the exporter, for who works in a pod with a kubeconfig', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcce-hub-'));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  const access = async (namespace: string, options = {}, environment = {}) => {
    const kubeconfig = join(directory, 'kubeconfig');
    const config = kubeconfigFor({ server: 'https://hub.test', ca: '', token: 'any', namespace });
    await writeFile(kubeconfig, JSON.stringify(config));
    return accessHub({ options: { kubeconfig, ...options }, terminal: new Terminal(environment) });
  };

  it('is that of the context, though the service would take that of the pod', async () => {
    const { namespace, credentials } = await access('storage');

    expect({ namespace, ofService: credentials.namespace }).toEqual({
      namespace: 'storage',
      ofService: 'ci',
    });
  });

  it('is default where the context names none', async () => {
    expect((await access('')).namespace).toBe('default');
  });

  it('is what the option or the setting says', async () => {
    const setting = { MCCE_NAMESPACE: 'set' };

    expect((await access('storage', {}, setting)).namespace).toBe('set');
    expect((await access('storage', { namespace: 'given' }, setting)).namespace).toBe('given');
  });
});
