import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Canaries } from '../../../test/support/canaries.ts';
import { mask } from './mask.ts';

describe('what is masked', () => {
  it.each([
    [
      'a PEM block',
      (secret: string) => `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
    ],
    ['one that was cut off', (secret: string) => `x -----BEGIN RSA PRIVATE KEY-----\n${secret}`],
    ['a JWT', (secret: string) => `token eyJhbGciOiJSUzI1NiJ9.${btoa(secret).replace(/=+$/, '')}.${secret}`],
    ['a header', (secret: string) => `Authorization: Bearer ${secret}`],
    ['user info', (secret: string) => `https://admin:${secret}@db.example:5432/x`],
    ['a field of JSON', (secret: string) => `{"password": "${secret}"}`],
    ['hexadecimal', (secret: string) => `saw ${secret} there`],
    ['base64', (secret: string) => `saw ${btoa(`{"a":"${secret}"}`)} there`],
  ])('is %s', (_what, textOf) => {
    const canaries = new Canaries();
    const secret = canaries.make('here');
    const text = textOf(secret);

    expect(canaries.foundIn(text)).toEqual(['here']);
    expect(canaries.foundIn(mask(text))).toEqual([]);
    expect(mask(text)).toContain('removed');
  });

  it('is nothing of what helps', () => {
    const text = JSON.stringify({
      holder: `exporter-multi-cluster-config-exporter-6d9f7c8b5-x2k4q_${crypto.randomUUID()}`,
      metric:
        'mcce_remote_cluster_credential_expiry_timestamp_seconds{remote_cluster="east",kind="token"} 1.7e9',
      url: 'https://east.example:6443/api/v1/namespaces/storage/secrets/multi-storage-config',
      message: 'cluster state changed',
      digest: randomBytes(8).toString('hex'),
    });

    expect(mask(text)).toBe(text);
  });
});
