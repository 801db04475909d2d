import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultKubeConfig } from './default-kubeconfig.ts';
import { HubNotConfiguredError } from './hub-not-configured.error.ts';

describe('defaultKubeConfig', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mcce-kubeconfig-'));
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const aFile = (name: string, server: string, currentContext?: string): string => {
    const path = join(folder, name);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      ...(currentContext !== undefined && { 'current-context': currentContext }),
      contexts: [{ name, context: { cluster: name, user: 'admin' } }],
      clusters: [{ name, cluster: { server } }],
      users: [{ name: 'admin', user: { username: server } }],
    };
    writeFileSync(path, JSON.stringify(config));
    return path;
  };
  const load = (...files: string[]) => {
    vi.stubEnv('KUBECONFIG', files.join(delimiter));
    return defaultKubeConfig();
  };

  it('takes of several files the first current context, as kubectl does', () => {
    const config = load(
      aFile('a', 'https://a.test'),
      aFile('b', 'https://b.test', 'b'),
      aFile('c', 'https://c.test', 'c'),
    );

    expect(config.getCurrentCluster()?.server).toBe('https://b.test');
    expect(config.getContexts().map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('takes the first of what comes twice', () => {
    const config = load(aFile('a', 'https://a.test', 'b'), aFile('b', 'https://b.test'));

    expect(config.getCurrentUser()?.username).toBe('https://a.test');
  });

  it('passes over files that are not there', () => {
    const config = load(join(folder, 'nothing'), aFile('a', 'https://a.test', 'a'));

    expect(config.getCurrentCluster()?.server).toBe('https://a.test');
  });

  it('passes over files that are empty', () => {
    const empty = join(folder, 'empty');
    writeFileSync(empty, '\n');

    const config = load(empty, aFile('a', 'https://a.test', 'a'), empty);

    expect(config.getCurrentCluster()?.server).toBe('https://a.test');
  });

  it('refuses a single file that is not there, and one that is no kubeconfig', () => {
    const broken = join(folder, 'broken');
    writeFileSync(broken, 'clusters: {');

    expect(() => load(join(folder, 'nothing'))).toThrow(HubNotConfiguredError);
    expect(() => load(aFile('a', 'https://a.test', 'a'), broken)).toThrow(HubNotConfiguredError);
  });
});
