import { Output, type OutputKind, type PublishedContent, type WantedObject } from '../../../index.ts';
import {
  type BasicAuth,
  datasource,
  datasourceKinds,
  type DatasourceOptions,
  keptDatasource,
  leftoverOf,
} from './datasource-objects.ts';
import type { DatasourceProblems } from './datasource-problems.ts';
import { fieldsOf, type UrlTemplate } from './url-template.ts';

/** Where the content says how to sign in. */
const KEY = 'prometheus';

/** What the operator says. */
export interface DatasourcesOptions extends DatasourceOptions {
  readonly url: UrlTemplate;
  /** Whether Grafana signs in with the `username` and `password` of the content. */
  readonly basicAuth: boolean;
  readonly removeLeftovers: boolean;
}

/** A GrafanaDatasource for each cluster of the aggregate. */
export class DatasourcesOutput extends Output {
  override readonly name = 'grafana-datasources';
  override readonly kinds: readonly OutputKind[];

  constructor(
    private readonly options: DatasourcesOptions,
    private readonly problems: DatasourceProblems,
  ) {
    super();
    this.kinds = datasourceKinds(options.namespace, options.basicAuth);
  }

  override objects(contents: ReadonlyMap<string, PublishedContent>): WantedObject[] {
    const lacks = new Map<string, string>();
    const wanted = [...contents.values()].flatMap((content) => this.ofCluster(content, lacks));
    this.problems.noteIncomplete(lacks);
    const names = new Set(wanted.map(({ kind, name }) => `${kind}/${name}`));
    // A cluster may have the very name of what was left for another one.
    const leftovers = [...contents.keys()]
      .map((cluster) => this.leftover(cluster))
      .filter(({ kind, name }) => !names.has(`${kind}/${name}`));
    return [...wanted, ...leftovers];
  }

  private ofCluster(content: PublishedContent, lacks: Map<string, string>): WantedObject[] {
    const { cluster } = content;
    const { url, basicAuth, namespace } = this.options;
    const filled = url.fill(content);
    const auth = basicAuth ? authOf(content) : undefined;
    if ('url' in filled && (auth || !basicAuth))
      return datasource(cluster, { url: filled.url, auth }, this.options);
    lacks.set(cluster, 'lacks' in filled ? filled.lacks : `${KEY}.password`);
    return keptDatasource(cluster, namespace, basicAuth);
  }

  private leftover(cluster: string): WantedObject {
    return leftoverOf(cluster, this.options.namespace, (name) => {
      if (this.options.removeLeftovers) return 'adopt';
      this.problems.noteLeftover(name);
      return 'leave';
    });
  }
}

function authOf({ data }: PublishedContent): BasicAuth | undefined {
  const { username, password } = fieldsOf(data.text(KEY));
  if (typeof username !== 'string' || typeof password !== 'string') return undefined;
  return username !== '' && password !== '' ? { username, password } : undefined;
}
