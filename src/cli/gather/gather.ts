import { writeFile } from 'node:fs/promises';
import { VERSION } from '../../version.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { type Hub, withHub } from '../hub.ts';
import type { Invocation } from '../invocation.ts';
import { formatTable } from '../table.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { Archive } from './archive.ts';
import { clusterVersions } from './cluster-versions.ts';
import { addHubFacts } from './hub-facts.ts';
import { addPodFacts } from './pod-facts.ts';

/** Options of `mcce gather`. */
export interface GatherOptions {
  file?: string;
  clusters: boolean;
}

/** For the whole command. Milliseconds. */
const TIMEOUT_MS = 120_000;

const README = `Collected by mcce gather for a bug report.

It contains no content of any Secret. It does contain names and addresses of clusters, names of objects on
the hub, and who writes them: review it before you share it. What looked like a credential was replaced
by [removed].

about.json            when and with which versions it was collected
gaps.json             what is missing, and why
hub/                  version, settings, Lease, Events, permissions; for registry and aggregate who wrote them and when
pods.json             the pods of the exporter
pods/*/status.json    the state of every cluster, and the problems
pods/*/timeline.json  the latest transitions
pods/*/log.txt, metrics.txt
clusters.json         versions of the API servers of the clusters
`;

/** Writes an archive for a bug report, and prints what it contains. */
export async function gather(invocation: Invocation<GatherOptions>): Promise<ExitCode> {
  const { terminal, options } = invocation;
  return await untilInterrupted(async (interruption) =>
    withHub(invocation, async (hub) => {
      const archive = new Archive();
      await archive.add('README.txt', Promise.resolve(README));
      await archive.add('about.json', Promise.resolve(about(hub)));
      const signal = AbortSignal.any([interruption, AbortSignal.timeout(TIMEOUT_MS)]);
      terminal.progress('asking the hub');
      await addHubFacts(archive, hub, signal);
      terminal.progress('asking the exporter');
      await addPodFacts(archive, hub, signal);
      if (options.clusters) {
        terminal.progress('asking the clusters for their versions');
        await archive.add('clusters.json', clusterVersions(hub, signal), 'list on the registry');
      }
      interruption.throwIfAborted();
      await archive.add('gaps.json', Promise.resolve(archive.gaps));
      const file = options.file ?? defaultFile(hub.namespace);
      await save(file, archive.zipped());
      terminal.clearProgress();
      const rows = archive.contents.map(({ name, bytes }) => [name, String(bytes)]);
      terminal.print(formatTable(['FILE', 'BYTES'], rows));
      for (const { name, why } of archive.gaps) terminal.note(`${name} is not in it: ${why}`);
      terminal.note(
        `Wrote ${file}. It contains no content of a Secret, but names and addresses of clusters: review it before you share it.`,
      );
      return EXIT.good;
    }),
  );
}

function about({ namespace, credentials }: Hub): object {
  return {
    gathered: new Date(),
    mcce: VERSION,
    node: process.version,
    platform: `${process.platform}/${process.arch}`,
    namespace,
    hub: credentials.server.origin,
  };
}

function defaultFile(namespace: string): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  return `mcce-gather-${namespace}-${time}.zip`;
}

/** Readable by the operator only. @throws CommandFailedError */
async function save(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new CommandFailedError(
      code === 'EEXIST'
        ? `The file ${file} exists already.`
        : `The file ${file} cannot be written (${code}).`,
      { remedy: 'Name another by --file.', lasting: true, cause },
    );
  }
}
