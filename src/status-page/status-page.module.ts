import { type DynamicModule, Module } from '@nestjs/common';
import { PageFiles } from './page-files.ts';
import { StatusPageController } from './status-page.controller.ts';

/**
 * The status page: serves the built front end (`front-end/`), which gets the status from the routes of `HealthModule`.
 */
@Module({})
export class StatusPageModule {
  /** @param directory with `index.html` and `assets/` */
  static register(directory: string): DynamicModule {
    return {
      module: StatusPageModule,
      controllers: [StatusPageController],
      providers: [{ provide: PageFiles, useValue: new PageFiles(directory) }],
    };
  }
}
