import type { DynamicModule, Type } from '@nestjs/common';
import type { NestModule } from './extension.ts';

type Import = NestModule | { forwardRef: () => NestModule };

/** The classes of modules and of all that they import. */
export function moduleClasses(modules: readonly Import[], classes = new Set<Type>()): Set<Type> {
  for (const each of modules) {
    const module = 'forwardRef' in each ? each.forwardRef() : each;
    const type = isDynamic(module) ? module.module : module;
    if (isDynamic(module)) moduleClasses((module.imports ?? []) as Import[], classes);
    if (classes.has(type)) continue;
    classes.add(type);
    moduleClasses((Reflect.getMetadata('imports', type) ?? []) as Import[], classes);
  }
  return classes;
}

function isDynamic(module: NestModule): module is DynamicModule {
  return 'module' in module;
}
