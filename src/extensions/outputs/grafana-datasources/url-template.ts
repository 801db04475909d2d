import type { PublishedContent } from '../../../index.ts';

/** A part in braces: `{cluster}`, or `{key.field}` of a content. */
const PLACEHOLDER = /\{([^{}]*)\}/g;
const NAME = /^(?:cluster|[-._a-zA-Z0-9]+\.[_a-zA-Z0-9]+)$/;
/** What a content may put into an address: part of a host, or a port. */
const HARMLESS = /^[a-zA-Z0-9]([-._a-zA-Z0-9]*[a-zA-Z0-9])?$/;

/** An address, or the placeholder for which the content has no usable value. */
export type Filled = { readonly url: string } | { readonly lacks: string };

/** The address of a cluster's Prometheus, with parts that come from its content. */
export class UrlTemplate {
  private constructor(private readonly text: string) {}

  /** Undefined: it is no template of an address. */
  static parse(text: string): UrlTemplate | undefined {
    const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
    const example = text.replaceAll(PLACEHOLDER, '1');
    if (!names.every((name) => NAME.test(name)) || /[{}\s]/.test(example)) return undefined;
    return /^https?:\/\//.test(text) && URL.canParse(example) ? new UrlTemplate(text) : undefined;
  }

  /** Fills in what the content of a cluster says. Pure. */
  fill({ cluster, data }: Pick<PublishedContent, 'cluster' | 'data'>): Filled {
    let lacks: string | undefined;
    const url = this.text.replaceAll(PLACEHOLDER, (_all, name: string) => {
      const dot = name.lastIndexOf('.');
      const value =
        name === 'cluster' ? cluster : fieldsOf(data.text(name.slice(0, dot)))[name.slice(dot + 1)];
      const text = typeof value === 'number' ? String(value) : value;
      if (typeof text === 'string' && HARMLESS.test(text)) return text;
      lacks ??= name;
      return '';
    });
    return lacks === undefined ? { url } : { lacks };
  }
}

/** The fields of a key that holds a JSON object; none where it holds something else. */
export function fieldsOf(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
