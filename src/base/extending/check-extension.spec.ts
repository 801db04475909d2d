import { Module } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { activate } from './activate.ts';
import { checkExtension } from './check-extension.ts';
import { defineExtension } from './extension.ts';

@Module({})
class FleetClustersModule {}

describe('checkExtension', () => {
  it('takes what defineExtension gives', () => {
    const extension = defineExtension({ name: 'fleet', apiVersion: 1, module: FleetClustersModule });

    expect(checkExtension(extension)).toBe(extension);
  });

  it.each([
    [FleetClustersModule, undefined, 'fleet-clusters'],
    [{ module: FleetClustersModule }, undefined, 'fleet-clusters'],
    [FleetClustersModule, '/extensions/mine.js', 'mine'],
  ])('takes a plain module of Nest, by the name of its class or file', (module, path, name) => {
    expect(checkExtension(module, path)).toEqual({ name, apiVersion: 1, module });
  });

  it.each([
    [undefined, 'is no extension'],
    [{ name: 'x' }, 'is no extension'],
    [() => undefined, 'is no extension'],
    [{ name: 'x', apiVersion: 2, module: FleetClustersModule }, 'interface version 2'],
    [{ name: 'X y', apiVersion: 1, module: FleetClustersModule }, 'has no usable name'],
    [{ apiVersion: 1, module: FleetClustersModule }, 'has no usable name'],
    [{ name: 'x', apiVersion: 1 }, 'has no module'],
    [{ name: 'x', apiVersion: 1, module: () => FleetClustersModule }, 'has no module'],
  ])('refuses %j', (value, problem) => {
    expect(() => checkExtension(value, '/extensions/x.js')).toThrow(problem);
  });
});

describe('activate', () => {
  const settings = z.object({ LIMIT: z.string().regex(/^\d+$/, 'must be a number').default('3') });
  const extension = defineExtension({
    name: 'fleet-clusters',
    apiVersion: 1,
    settings,
    module: ({ LIMIT }) => ({
      module: FleetClustersModule,
      providers: [{ provide: 'limit', useValue: LIMIT }],
    }),
  });
  const limitOf = (environment: Record<string, string>) =>
    activate([{ extension }], environment).active[0]?.module;

  it('makes the module of the settings, of which an empty one counts as unset', () => {
    const made = (value: string) => ({
      module: FleetClustersModule,
      providers: [{ provide: 'limit', useValue: value }],
    });

    expect(limitOf({ MCCE_X_FLEET_CLUSTERS_LIMIT: '7' })).toEqual(made('7'));
    expect(limitOf({ MCCE_X_FLEET_CLUSTERS_LIMIT: '' })).toEqual(made('3'));
  });

  it('names the variable of a setting that is wrong, and no value', () => {
    const { problems } = activate([{ extension }], { MCCE_X_FLEET_CLUSTERS_LIMIT: 'canary' });

    expect(problems).toEqual(['MCCE_X_FLEET_CLUSTERS_LIMIT must be a number']);
  });

  it('refuses two of one name, and one that cannot make its module', () => {
    const throwing = {
      ...extension,
      name: 'throwing',
      module: () => {
        throw new Error('canary');
      },
    };

    expect(() => activate([{ extension }, { extension }], {})).toThrow(
      'The extension fleet-clusters is there twice.',
    );
    expect(() => activate([{ extension: throwing }], {})).toThrow(
      'The extension throwing failed to make its module.',
    );
  });
});
