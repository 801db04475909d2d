import { describe, expect, it } from 'vitest';
import { SourceData } from '../../../index.ts';
import { UrlTemplate } from './url-template.ts';

const contentOf = (prometheus: unknown, cluster = 'east') => ({
  cluster,
  data: SourceData.of([['prometheus', JSON.stringify(prometheus)]]),
});

describe('an address with placeholders', () => {
  it('is filled from the name of the cluster and the fields of its content', () => {
    const template = UrlTemplate.parse('http://{prometheus.read_service}.{cluster}:{prometheus.read_port}/a');

    expect(template?.fill(contentOf({ read_service: 'vmselect', read_port: 8481 }))).toEqual({
      url: 'http://vmselect.east:8481/a',
    });
  });

  it.each([
    ['a path', '10.0.0.1/evil?'],
    ['another host', 'evil.test#'],
    ['credentials', 'user@evil.test'],
    ['a port', 'evil.test:80'],
    ['nothing', ''],
    ['a mapping', {}],
  ])('takes no field that holds %s', (_what, read_service) => {
    const template = UrlTemplate.parse('http://{prometheus.read_service}/');

    expect(template?.fill(contentOf({ read_service }))).toEqual({ lacks: 'prometheus.read_service' });
  });

  it.each([['no JSON'], ['null'], ['[]']])('lacks the fields of a key that holds %s', (text) => {
    const data = SourceData.of([['prometheus', text]]);
    const template = UrlTemplate.parse('http://{prometheus.read_service}/');

    expect(template?.fill({ cluster: 'east', data })).toEqual({ lacks: 'prometheus.read_service' });
  });

  it.each([
    '',
    'vmselect:8481',
    'ftp://{cluster}/',
    'http://{cluster',
    'http://{}/',
    'http://{a}/',
    'http:// {cluster}/',
  ])('is not "%s"', (text) => {
    expect(UrlTemplate.parse(text)).toBeUndefined();
  });
});
