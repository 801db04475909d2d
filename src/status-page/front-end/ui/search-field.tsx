import { useEffect, useRef } from 'preact/hooks';

/** Where one types what to look for; `/` leads there from anywhere. */
export function SearchField({ query, change }: { query: string; change: (query: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const { target } = event;
      const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
      if (
        event.key !== '/' ||
        event.ctrlKey ||
        event.metaKey ||
        isTyping ||
        document.querySelector('dialog[open]')
      )
        return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', focus);
    return () => removeEventListener('keydown', focus);
  }, []);
  return (
    <input
      ref={field}
      id="search"
      type="search"
      aria-label="Search clusters by name, reason, server or registry"
      aria-keyshortcuts="/"
      placeholder="Search"
      autocomplete="off"
      spellcheck={false}
      value={query}
      onInput={(event) => change(event.currentTarget.value)}
    />
  );
}
