import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const INDEX = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
const TSCONFIG = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));

/** What index.ts exports, as `name: kind`, sorted. */
function exportedNames(): { names: string[]; undocumented: string[] } {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(TSCONFIG, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    fileURLToPath(new URL('../..', import.meta.url)),
  );
  const program = ts.createProgram([INDEX], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(INDEX);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error('index.ts exports nothing');
  const symbols = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    target: symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  }));
  const kind = ({ flags }: ts.Symbol) => (flags & ts.SymbolFlags.Value ? 'value' : 'type');
  return {
    names: symbols.map(({ name, target }) => `${name}: ${kind(target)}`).toSorted(),
    undocumented: symbols
      .filter(({ name }) => name !== 'settingTypes')
      .filter(({ target }) => target.getDocumentationComment(checker).length === 0)
      .map(({ name }) => name),
  };
}

describe('the public interface', () => {
  const { names, undocumented } = exportedNames();

  it('exports what it did before, and what was added is added here', async () => {
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('public-interface.txt');
  });

  it('has a doc comment on everything', () => {
    expect(undocumented).toEqual([]);
  });
});
