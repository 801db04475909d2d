import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';
import { parseSettings, unknownSettings } from './settings.ts';
import { SettingsInvalidError } from './settings-invalid.error.ts';

describe('parseDuration', () => {
  it.each([
    ['0', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '30', '1.5s', '-1s', '30 s', '30S', '5m30s', 'ms', '99999999999s'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('parseSettings', () => {
  it('has the documented defaults', () => {
    const settings = parseSettings({});

    expect(settings).toEqual({
      namespace: undefined,
      registrySecret: 'multi-k8s-config',
      aggregateSecret: 'multi-storage-config',
      aggregateParts: 1,
      sourceSecret: 'storage-config',
      sourceNamespace: undefined,
      syncIntervalMs: 30_000,
      readTimeoutMs: 10_000,
      readConcurrency: 64,
      removalGuard: 0.5,
      staleAfterMs: 30_000,
      missingGraceMs: 300_000,
      staleTtlMs: 0,
      allowInsecureTls: false,
      allowProxy: false,
      payloadCheck: 'none',
      httpPort: 8080,
      logLevel: 'info',
      logFormat: 'json',
      leaderElection: false,
      shutdownDelayMs: 0,
      events: true,
      extensions: [],
      watchSources: true,
    });
  });

  it('takes an empty variable as unset', () => {
    const settings = parseSettings({ MCCE_SYNC_INTERVAL: '', MCCE_NAMESPACE: '' });

    expect(settings).toMatchObject({ syncIntervalMs: 30_000, namespace: undefined });
  });

  it('refuses a name that is too long to split', () => {
    const environment = { MCCE_AGGREGATE_SECRET: 'a'.repeat(64) };

    expect(parseSettings(environment).aggregateParts).toBe(1);
    expect(() => parseSettings({ ...environment, MCCE_AGGREGATE_PARTS: '2' })).toThrow(
      /MCCE_AGGREGATE_SECRET must have at most 63 characters/,
    );
  });

  it('names every problem at once and no value', () => {
    const environment = {
      MCCE_SYNC_INTERVAL: 'canary-one',
      MCCE_READ_CONCURRENCY: 'canary-two',
      MCCE_ALLOW_PROXY: 'canary-three',
      MCCE_NAMESPACE: 'Canary_Four',
      MCCE_LOG_LEVEL: 'canary-five',
    };

    const parse = () => parseSettings(environment);

    expect(parse).toThrow(SettingsInvalidError);
    expect(parse).toThrow(/SYNC_INTERVAL.*1s to 1h/);
    for (const name of Object.keys(environment)) expect(parse).toThrow(name);
    expect(parse).not.toThrow(/canary/i);
  });

  it.each([
    ['MCCE_SYNC_INTERVAL', '999ms'],
    ['MCCE_SYNC_INTERVAL', '61m'],
    ['MCCE_SYNC_INTERVAL', '0'],
    ['MCCE_READ_CONCURRENCY', '0'],
    ['MCCE_HTTP_PORT', '65536'],
    ['MCCE_LEADER_ELECTION', 'yes'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => parseSettings({ [name]: value })).toThrow(name);
  });
});

describe('unknownSettings', () => {
  it('finds typing errors', () => {
    expect(unknownSettings({ MCCE_SYNC_INTERVL: '1s', MCCE_SYNC_INTERVAL: '1s', PATH: '/bin' })).toEqual([
      'MCCE_SYNC_INTERVL',
    ]);
  });
});
