import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigFor } from '../../../test/support/exporter-process.ts';
import { runProgram } from '../program.ts';
import { Terminal } from '../terminal.ts';

describe('mcce status, by a kubeconfig whose login has expired', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mcce-status-'));
    const config = kubeconfigFor({ server: 'https://hub.test', ca: '', token: '' });
    const command = { command: 'sh', args: ['-c', 'echo canary >&2; exit 1'] };
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', ...command };
    const users = [{ name: 'exporter', user: { exec } }];
    await writeFile(join(directory, 'kubeconfig'), JSON.stringify({ ...config, users }));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it.each([{ options: [] }, { options: ['--wait'] }, { options: ['--watch'] }])(
    'says so at once, and tries no more: $options',
    async ({ options }) => {
      const output = new PassThrough();
      const stream = output as unknown as NodeJS.WriteStream;
      const args = ['status', '--kubeconfig', join(directory, 'kubeconfig'), ...options];

      const code = await runProgram(args, new Terminal({}, stream, stream));

      output.end();
      expect(code).toBe(2);
      expect(await text(output)).toMatch(
        /^mcce: Looking for the exporter on the hub failed\. The kubeconfig does not yield credentials\. .+\n$/,
      );
    },
  );
});
