import { type DynamicModule, Global, Module } from '@nestjs/common';
import type { ActiveExtension, NestModule } from './extension.ts';
import { ExtensionFaults } from './extension-faults.ts';
import { moduleClasses } from './module-classes.ts';
import { PARTICIPANTS, type Participant, Ports } from './ports.ts';

/** Lets the parts of the core find what extensions provide ({@link Ports}), and survive it ({@link ExtensionFaults}). */
@Global()
@Module({})
export class ExtendingModule {
  /**
   * @param extensions in the order of configuration
   * @param core its modules; an extension may import them, and they are not its own for that
   */
  static register(extensions: readonly ActiveExtension[], core: readonly NestModule[]): DynamicModule {
    const ours = moduleClasses(core);
    const participants: Participant[] = extensions.map((extension) => {
      const theirs = [...moduleClasses([extension.module])].filter((type) => !ours.has(type));
      return { ...extension, classes: new Set(theirs) };
    });
    return {
      module: ExtendingModule,
      providers: [{ provide: PARTICIPANTS, useValue: participants }, Ports, ExtensionFaults],
      exports: [Ports, ExtensionFaults],
    };
  }
}
