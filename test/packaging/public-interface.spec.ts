import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
const INDEX = `${SRC}index.ts`;
const TSCONFIG = fileURLToPath(new URL('../../tsconfig.json', import.meta.url));
const FORMAT =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** What a file exports, as a stranger sees it. */
class Exports {
  private readonly checker: ts.TypeChecker;
  private readonly source: ts.SourceFile;

  constructor(path: string) {
    const { options } = ts.parseJsonConfigFileContent(
      ts.readConfigFile(TSCONFIG, (file) => ts.sys.readFile(file)).config,
      ts.sys,
      fileURLToPath(new URL('../..', import.meta.url)),
    );
    const program = ts.createProgram([path], options);
    const source = program.getSourceFile(path);
    if (!source) throw new Error(`${path} does not exist`);
    this.checker = program.getTypeChecker();
    this.source = source;
  }

  /** One after the other by name, each with its members and their types. */
  get signatures(): string[] {
    return this.symbols
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap(({ name, target }) => this.signatureOf(name, target));
  }

  get undocumented(): string[] {
    return this.symbols
      .filter(({ target }) => target.getDocumentationComment(this.checker).length === 0)
      .map(({ name }) => name);
  }

  private get symbols(): { name: string; target: ts.Symbol }[] {
    const module = this.checker.getSymbolAtLocation(this.source);
    if (!module) throw new Error('there are no exports');
    return this.checker.getExportsOfModule(module).map((symbol) => ({
      name: symbol.name,
      target: symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol,
    }));
  }

  private signatureOf(name: string, symbol: ts.Symbol): string[] {
    const { flags } = symbol;
    const lines: string[] = [];
    if (flags & ts.SymbolFlags.ValueModule)
      return this.checker
        .getExportsOfModule(symbol)
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((member) => this.signatureOf(`${name}.${member.name}`, member));
    if (flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
      const type = this.checker.getDeclaredTypeOfSymbol(symbol);
      lines.push(`${flags & ts.SymbolFlags.Class ? 'class' : 'interface'} ${name}`, ...this.membersOf(type));
    } else if (flags & ts.SymbolFlags.TypeAlias) {
      lines.push(`type ${name} = ${this.format(this.checker.getDeclaredTypeOfSymbol(symbol))}`);
    }
    if (flags & ts.SymbolFlags.Class) {
      const value = this.checker.getTypeOfSymbol(symbol);
      for (const signature of value.getConstructSignatures())
        lines.push(`  new ${this.checker.signatureToString(signature, undefined, FORMAT)}`);
      lines.push(...this.membersOf(value, 'static '));
    } else if (flags & ts.SymbolFlags.Value) {
      lines.push(`value ${name}: ${this.format(this.checker.getTypeOfSymbol(symbol))}`);
    }
    return lines;
  }

  /** Those that we have declared and that are for everybody. */
  private membersOf(type: ts.Type, prefix = ''): string[] {
    return type
      .getProperties()
      .filter(
        ({ declarations = [] }) =>
          declarations.some((declaration) => declaration.getSourceFile().fileName.startsWith(SRC)) &&
          !declarations.some(
            (declaration) =>
              ts.getCombinedModifierFlags(declaration) &
              (ts.ModifierFlags.Private | ts.ModifierFlags.Protected),
          ),
      )
      .map((member) => {
        const optional = member.flags & ts.SymbolFlags.Optional ? '?' : '';
        return `  ${prefix}${member.name}${optional}: ${this.format(this.checker.getTypeOfSymbol(member))}`;
      })
      .toSorted();
  }

  private format(type: ts.Type): string {
    return this.checker.typeToString(type, undefined, FORMAT);
  }
}

describe('the public interface', () => {
  const exports = new Exports(INDEX);

  it('is what it was before, with every type; what is added or changes is changed here', async () => {
    await expect(`${exports.signatures.join('\n')}\n`).toMatchFileSnapshot('public-interface.txt');
  });

  it('has a doc comment on everything', () => {
    expect(exports.undocumented.filter((name) => name !== 'settingTypes')).toEqual([]);
  });
});
