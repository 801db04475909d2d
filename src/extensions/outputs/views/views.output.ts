import {
  type ObjectRefs,
  ObjectsClashError,
  Output,
  type OutputKind,
  type PublishedContent,
  type WantedObject,
} from '../../../index.ts';
import type { ViewProblems } from './view-problems.ts';
import { View } from './view.ts';
import type { ViewDefinition } from './views-file.ts';

/** A Secret for each view, in the format of the aggregate. */
export class ViewsOutput extends Output {
  override readonly name = 'views';
  override readonly kinds: readonly OutputKind[];
  private readonly views: readonly View[];

  /** @throws ObjectsClashError when two views are the same Secret, or one is a Secret of the exporter */
  constructor(
    definitions: readonly ViewDefinition[],
    refs: Pick<ObjectRefs, 'registry' | 'aggregate' | 'aggregateParts' | 'source'>,
    private readonly problems: ViewProblems,
  ) {
    super();
    this.views = definitions.map((definition) => new View(definition, refs.aggregate.namespace));
    refuseClashes(this.views, refs);
    const namespaces = [...new Set(this.views.map(({ namespace }) => namespace))];
    this.kinds = [{ apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaces }];
  }

  override objects(contents: ReadonlyMap<string, PublishedContent>): WantedObject[] {
    return this.views.map((view) => {
      const content = view.contentOf(contents);
      this.problems.note(view, content);
      const { namespace, name } = view;
      const fields = { type: 'Opaque', data: Object.fromEntries(content.data) };
      return { apiVersion: 'v1', kind: 'Secret', namespace, name, fields };
    });
  }
}

function refuseClashes(
  views: readonly View[],
  { registry, aggregateParts, source }: Pick<ObjectRefs, 'registry' | 'aggregateParts' | 'source'>,
): void {
  const taken = new Map(
    [registry, ...aggregateParts, source].map((ref) => [`${ref.namespace}/${ref.name}`, 'the exporter uses']),
  );
  for (const { namespace, name } of views) {
    const where = `${namespace}/${name}`;
    const by = taken.get(where);
    if (by !== undefined)
      throw new ObjectsClashError(
        `The view ${where} is a Secret that ${by} already.`,
        'Give the view another name or namespace in the file that MCCE_X_VIEWS_FILE names.',
      );
    taken.set(where, 'another view writes');
  }
}
