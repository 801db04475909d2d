import type { KubeObject } from '../support/api-client.ts';

/** Whether an object has the labels of a selector: `a=b` and `a`, with commas between. @param selector null: any object does */
export function matchesLabels({ metadata }: KubeObject, selector: string | null): boolean {
  if (selector === null || selector === '') return true;
  return selector.split(',').every((requirement) => {
    const [label = '', value] = requirement.split('=');
    const actual = metadata?.labels?.[label];
    return value === undefined ? actual !== undefined : actual === value;
  });
}
