import type { Command } from 'commander';
import { withHub } from '../hub.ts';
import type { GlobalOptions } from '../invocation.ts';
import { loadKubeConfig } from '../operator-kubeconfig.ts';
import { RegistryEditor } from '../registry/registry-editor.ts';
import type { Terminal } from '../terminal.ts';
import type { Wanted } from './completion.ts';

/** How long somebody who pressed Tab waits. Milliseconds. */
const PATIENCE_MS = 3_000;

/**
 * Names that can follow on a command line. Who presses Tab gets no error: what cannot be looked up is empty.
 *
 * @param words of the command line, whose options say which kubeconfig and which hub
 */
export async function lookUp(
  wanted: Wanted,
  program: Command,
  words: readonly string[],
  { environment }: Pick<Terminal, 'environment'>,
): Promise<readonly string[]> {
  const looking = async () => {
    program.parseOptions([...words]);
    const options = program.opts<GlobalOptions>();
    if (wanted === 'contexts')
      return loadKubeConfig({ ...(options.kubeconfig !== undefined && { kubeconfig: options.kubeconfig }) })
        .getContexts()
        .map(({ name }) => name);
    const terminal = { environment, note: () => undefined };
    return await withHub({ options, terminal }, async (hub) => [
      ...((await new RegistryEditor(hub).read())?.data.keys() ?? []),
    ]);
  };
  const outOfPatience = new Promise<readonly string[]>((resolve) => {
    setTimeout(() => resolve([]), PATIENCE_MS).unref();
  });
  return await Promise.race([looking().catch(() => []), outOfPatience]);
}
