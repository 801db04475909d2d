import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import {
  aCluster,
  aStaleCluster,
  aStatus,
  NOW,
  secondsAgo,
  withAggregate,
  withClusters,
  withRegistry,
} from '../../../test/support/statuses.ts';

const commands = (...changes: Parameters<typeof aStatus>) =>
  aStatus(...changes).problems.map(({ subject, command }) => [subject, command]);
/** As a shell takes a command apart. */
const wordsOf = (command = '') =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('the command of a problem', () => {
  it('checks a cluster that cannot be read, and rotates the token of one that refuses it', () => {
    const refused = { ...aStaleCluster('west'), reason: 'unauthorized' as const };

    expect(commands(withClusters(aStaleCluster('east'), refused))).toEqual([
      ['cluster/east', 'mcce -n storage check --cluster=east'],
      ['cluster/west', 'mcce -n storage cluster rotate west'],
    ]);
  });

  it('rotates a credential that ends, and confirms the very removal that is held', () => {
    const credentials = [{ kind: 'token' as const, expires: NOW.toISOString() }];
    const removal = { clusters: ['a'], digest: '0123456789abcdef', since: secondsAgo(5) };

    expect(commands(withRegistry({ removal }), withClusters(aCluster('east', { credentials })))).toEqual([
      ['registry/removal', 'mcce -n storage cluster confirm-removal 0123456789abcdef'],
      ['cluster/east/token', 'mcce -n storage cluster rotate east'],
    ]);
  });

  it('shows the Events of an aggregate that cannot be written', () => {
    expect(commands(withAggregate({ state: 'failing' }))).toEqual([
      ['aggregate', 'kubectl events -n storage --for secret/multi-storage-config'],
    ]);
  });

  it.each(['$(reboot)', "a'; reboot; '", 'a b', '`x`', 'a\nb', '-x', '--help'])(
    'is safe to paste, whatever the name of a cluster is: %j',
    (name) => {
      const credentials = [{ kind: 'token' as const, expires: NOW.toISOString() }];
      const [check, rotate] = commands(withClusters({ ...aStaleCluster(name), credentials }));

      expect(wordsOf(check?.[1])).toEqual(['mcce', '-n', 'storage', 'check', `--cluster=${name}`]);
      expect(wordsOf(rotate?.[1]).slice(-2)).toEqual([name.startsWith('-') ? '--' : 'rotate', name]);
    },
  );
});
