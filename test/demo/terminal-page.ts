/** ESC [ … m */
const SEQUENCE = new RegExp(String.raw`\x1b\[([\d;]*)m`, 'g');
/** Classes of the colours that mcce uses (ECMA-48, SGR). */
const CLASSES: Readonly<Record<string, string>> = {
  1: 'bold',
  2: 'faint',
  31: 'red',
  32: 'green',
  33: 'yellow',
  36: 'cyan',
};

const STYLE = `
  :root { color-scheme: light dark; }
  body { margin: 0; }
  main { display: inline-block; padding: 20px 24px; border-radius: 10px; background: light-dark(#f6f7f9, #161a21); color: light-dark(#1a2029, #e7eaef); }
  pre { margin: 0; font: 13px/1.55 ui-monospace, Menlo, Consolas, monospace; }
  .bold { font-weight: 700; }
  .faint { opacity: 0.65; }
  .red { color: light-dark(#bb2a33, #ff7b7f); }
  .green { color: light-dark(#1a7a4c, #4fbf8b); }
  .yellow { color: light-dark(#9a5b00, #e8a33d); }
  .cyan { color: light-dark(#2b6cb0, #6fb1f2); }
`;

/** A page that looks as a terminal does after a command. @param output with colours */
export function terminalPage(command: string, output: string): string {
  const prompt = `<span class="faint">$</span> ${escape(command)}\n`;
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><main><pre>${prompt}${coloured(output)}</pre></main>`;
}

function coloured(output: string): string {
  let open = 0;
  const text = escape(output.trimEnd()).replace(SEQUENCE, (_sequence, codes: string) => {
    const names = codes.split(';').flatMap((code) => CLASSES[code] ?? []);
    if (names.length > 0) {
      open++;
      return `<span class="${names.join(' ')}">`;
    }
    if (open === 0) return '';
    open--;
    return '</span>';
  });
  return text + '</span>'.repeat(open);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
