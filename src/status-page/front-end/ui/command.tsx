import { useEffect, useState } from 'preact/hooks';
import { visible } from '../model/text.ts';

/** A command to paste into a shell. */
export function CommandLine({ command }: { command: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  // Browsers have it only in secure contexts: https and localhost.
  const canCopy = 'clipboard' in navigator;
  const copy = () => void navigator.clipboard.writeText(command).then(() => setCopied(true));
  return (
    <div class="command">
      <code>{visible(command)}</code>
      {canCopy && (
        <button type="button" class="copy" onClick={copy}>
          <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
          <span class="hidden"> the command</span>
        </button>
      )}
    </div>
  );
}
